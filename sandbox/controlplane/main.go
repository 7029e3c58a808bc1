// Command controlplane is etcd, the Kubernetes control plane and kubectl in one binary.
//
// The first argument (or the name that the binary was called by) chooses the program; the rest are that program's own arguments.
// `--lifeline` before the program's name makes it end when its standard input ends.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"

	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

const programs = "etcd|kube-apiserver|kube-controller-manager|kube-scheduler|kubectl"

func main() {
	args := os.Args
	if filepath.Base(args[0]) == "controlplane" && len(args) > 1 {
		args = args[1:]
	}
	if args[0] == "--lifeline" && len(args) > 1 {
		args = args[1:]
		go endWithInput()
	}
	name := filepath.Base(args[0])
	switch name {
	case "etcd":
		if err := etcd(args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, "etcd:", err)
			os.Exit(1)
		}
	case "kube-apiserver":
		run(args, apiserver.NewAPIServerCommand())
	case "kube-controller-manager":
		run(args, controllers.NewControllerManagerCommand())
	case "kube-scheduler":
		run(args, scheduler.NewSchedulerCommand())
	case "kubectl":
		os.Args = args
		if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
			util.CheckErr(err)
		}
	default:
		fmt.Fprintf(os.Stderr, "usage: controlplane [--lifeline] %s ARGUMENTS\n", programs)
		os.Exit(2)
	}
}

// The supervisor holds the other end of the pipe, so nothing outlives it, however it ends.
func endWithInput() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(1)
}

func run(args []string, command *cobra.Command) {
	os.Args = args
	os.Exit(cli.Run(command))
}
