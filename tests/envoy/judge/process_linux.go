package main

import (
	"os"
	"os/exec"
	"syscall"
)

// answers is where answers go: what Istio's libraries print is sent to stderr.
func answers() *os.File {
	own, err := syscall.Dup(1)
	must(err)
	must(syscall.Dup3(2, 1, 0))
	return os.NewFile(uintptr(own), "answers")
}

// dieWithUs has the kernel end the child when this program is killed.
func dieWithUs(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
