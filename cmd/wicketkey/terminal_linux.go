package main

import "golang.org/x/sys/unix"

const askTerminal = unix.TCGETS
