func control(in...interface})){func(){if);}}()for c=range in
		default
			goto done
	for range
			fallthrough
done: