// envoy-judge answers whether calls reach a workload: Istio's own translation of the policies, enforced by a real Envoy.
//
//	envoy-judge ENVOY FOLDER
//
// The first line of stdin is a World; it is answered by one line, {"ports": …}, when Envoy is ready. Each line after it
// is a list of Questions, answered by one line with a list of Answers. At the end of stdin Envoy is ended. ENVOY is the
// program; its configuration and its words go to FOLDER.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

func main() {
	if len(os.Args) != 3 {
		fail(fmt.Errorf("usage: envoy-judge ENVOY FOLDER"))
	}
	input := bufio.NewReaderSize(os.Stdin, 1<<20)
	output := json.NewEncoder(answers())

	var world World
	must(readLine(input, &world))
	trust := newTrust()
	world.useKeys(trust)
	listeners, ports := world.listeners()
	proxy := startEnvoy(os.Args[1], os.Args[2], world.Admin, bootstrap(&world, listeners, trust))
	defer proxy.end()
	must(output.Encode(map[string]any{"ports": ports}))

	asker := newAsker(&world, ports, trust)
	for {
		var questions []Question
		err := readLine(input, &questions)
		if err == io.EOF {
			return
		}
		must(err)
		must(output.Encode(asker.all(questions)))
	}
}

// readLine fills `into` from the next line; io.EOF after the last.
func readLine(from *bufio.Reader, into any) error {
	line, err := from.ReadBytes('\n')
	if err != nil {
		return err
	}
	return json.Unmarshal(line, into)
}

func must(err error) {
	if err != nil {
		fail(err)
	}
}

// fail ends the program; Istio's log package owns the standard logger, so the words go straight to stderr.
func fail(err error) {
	fmt.Fprintln(os.Stderr, "envoy-judge:", err)
	os.Exit(1)
}
