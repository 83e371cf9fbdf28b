package p
func f( { if x := ; { case } 
 for range := { x. ( [ a[::] }

func g() {
type T[P
var (