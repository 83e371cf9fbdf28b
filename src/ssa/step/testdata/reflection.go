// Package reflect on our descriptors: kinds, fields and tags, methods, calls, new types.
package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strings"
)

type inner struct{ X, Y int }
type record struct {
	Name  string `json:"name"`
	Tags  []string
	Inner *inner         `json:"inner,omitempty"`
	Extra map[string]any `json:"extra"`
	note  string
}

func (r record) Hello(greeting string) string { return greeting + " " + r.Name }
func (r *record) Rename(n string)             { r.Name = n }

func main() {
	r := &record{Name: "n", Tags: []string{"a", "b"}, Inner: &inner{1, 2}, Extra: map[string]any{"k": 1.5}}
	t := reflect.TypeOf(*r)
	for i := range t.NumField() {
		f := t.Field(i)
		fmt.Println(f.Name, f.Type, f.Type.Kind(), f.Tag.Get("json"), f.IsExported(), f.Offset)
	}
	fmt.Println(t, t.NumMethod(), reflect.TypeOf(r).NumMethod(), reflect.TypeOf(r).Method(1).Name)
	v := reflect.ValueOf(r)
	out := v.MethodByName("Hello").Call([]reflect.Value{reflect.ValueOf("hi")})
	v.MethodByName("Rename").Call([]reflect.Value{reflect.ValueOf("renamed")})
	v.Elem().Field(1).Index(0).SetString("changed")
	fmt.Println(out[0], r.Name, r.Tags)
	hello := v.Elem().Method(0).Interface().(func(string) string)
	fmt.Println(hello("bound"))
	text, err := json.Marshal(r)
	fmt.Println(string(text), err)
	var back record
	err = json.Unmarshal(text, &back)
	fmt.Println(back.Inner.Y, back.Extra, err, reflect.DeepEqual(back.Tags, r.Tags))
	m := reflect.MakeMap(reflect.MapOf(reflect.TypeOf(""), reflect.TypeOf(0)))
	m.SetMapIndex(reflect.ValueOf("one"), reflect.ValueOf(1))
	keys := m.MapKeys()
	sort.Slice(keys, func(i, j int) bool { return keys[i].String() < keys[j].String() })
	fmt.Println(m, keys, m.Type())
	swap := reflect.MakeFunc(reflect.TypeOf(func(int, string) (string, int) { return "", 0 }),
		func(in []reflect.Value) []reflect.Value { return []reflect.Value{in[1], in[0]} })
	s, n := swap.Interface().(func(int, string) (string, int))(1, "x")
	fmt.Println(s, n, reflect.TypeOf((*fmt.Stringer)(nil)).Elem().Kind())
	defer func() { fmt.Println(strings.Contains(fmt.Sprint(recover()), "unaddressable")) }()
	reflect.ValueOf(*r).Field(0).SetString("no")
}

// exit: 0
// stdout: Name string string name true 0
// stdout: Tags []string slice  true 16
// stdout: Inner *main.inner ptr inner,omitempty true 40
// stdout: Extra map[string]interface {} map extra true 48
// stdout: note string string  false 56
// stdout: main.record 1 2 Rename
// stdout: hi n renamed [changed b]
// stdout: bound renamed
// stdout: {"name":"renamed","Tags":["changed","b"],"inner":{"X":1,"Y":2},"extra":{"k":1.5}} <nil>
// stdout: 2 map[k:1.5] <nil> true
// stdout: map[one:1] [one] map[string]int
// stdout: x 1 interface
// stdout: true
