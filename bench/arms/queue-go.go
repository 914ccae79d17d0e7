// A buffered channel of 16-byte records between two goroutines. Arg: items.
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

type record struct{ a, b, c, n uint32 }

func once(count int) float64 {
	jobs := make(chan record, 100000)
	begun := time.Now()
	go func() {
		for i := 0; i < count; i++ {
			jobs <- record{1, 1, 1, 1}
		}
	}()
	sum := uint32(0)
	for i := 0; i < count; i++ {
		sum += (<-jobs).n
	}
	if int(sum) != count {
		fmt.Fprintln(os.Stderr, "sum:", sum)
		os.Exit(1)
	}
	return float64(count) / time.Since(begun).Seconds()
}

func main() {
	count, _ := strconv.Atoi(os.Args[1])
	once(count)
	fmt.Printf("{\"value\": %f}\n", once(count))
}
