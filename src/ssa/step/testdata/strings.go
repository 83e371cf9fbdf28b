// Strings, bytes and runes, with the packages that work on them.
package main

import (
	"bytes"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

func main() {
	s := "héllo, 世界\xff!"
	for i, r := range s {
		fmt.Print(i, ":", strconv.QuoteRune(r), " ")
	}
	fmt.Println(len(s), []byte(s)[1:3], []rune(s)[7:9], string([]rune{0x4e16, -1, 0xd800}))
	fmt.Println(s[1:3], s > "hello", strings.ToUpper(s), utf8.ValidString(s))
	var b strings.Builder
	for i := 0; i < 3; i++ {
		fmt.Fprintf(&b, "%d-%q|", i, strings.Repeat("x", i))
	}
	fmt.Println(b.String(), b.Len())
	words := strings.Fields("  the quick  brown fox ")
	sort.Strings(words)
	fmt.Println(strings.Join(words, ","), strings.Split("a,b,c", ","), bytes.Contains([]byte("abc"), []byte("bc")))
	n, err := strconv.Atoi("12x")
	fmt.Println(n, err)
	fmt.Printf("%08.3f|%-6d|%+v|%x|%U|%t|%c|%e|%g\n", 3.14159, 42, []string{"a"}, "hi", 0x1f600, true, 'x', 12345.678, 1e21)
	fmt.Println(string(rune(65)), string(b.String()[0]), strings.Map(func(r rune) rune { return r + 1 }, "HAL"))
}

// exit: 0
// stdout: 0:'h' 1:'é' 3:'l' 4:'l' 5:'o' 6:',' 7:' ' 8:'世' 11:'界' 14:'�' 15:'!' 16 [195 169] [19990 30028] 世��
// stdout: é true HÉLLO, 世界�! false
// stdout: 0-""|1-"x"|2-"xx"| 18
// stdout: brown,fox,quick,the [a b c] true
// stdout: 0 strconv.Atoi: parsing "12x": invalid syntax
// stdout: 0003.142|42    |[a]|6869|U+1F600|true|x|1.234568e+04|1e+21
// stdout: A 0 IBM
