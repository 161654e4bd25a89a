// Runs the Tiltfile with the functions of Tilt that it calls, which here only write down what they
// were given, and prints their calls as JSON. A name or an argument that Tilt does not have ends it.
// Usage: check-tiltfile TILTFILE
package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"go.starlark.net/lib/json"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// The arguments in Tilt's order, as its API reference lists them.
var functions = map[string]string{
	"docker_build": "ref context build_args dockerfile dockerfile_contents live_update match_in_env_vars ignore only " +
		"entrypoint target ssh network secret extra_tag container_args cache_from pull platform extra_hosts",
	"k8s_yaml": "yaml allow_duplicates",
	"k8s_resource": "workload new_name port_forwards extra_pod_selectors trigger_mode resource_deps objects auto_init " +
		"pod_readiness links labels discovery_strategy",
	"helm":         "pathToChartDir name namespace values set kube_version skip_crds",
	"port_forward": "local_port container_port name link_path host",
	"link":         "url name",
	"sync":         "local_path remote_path",
	"run":          "cmd trigger echo_off",
	"fall_back_on": "files",
}

var extensions = map[string]map[string]string{
	"ext://uibutton": {
		"cmd_button": "name resource argv env dir text location icon_name icon_svg inputs requires_confirmation",
	},
}

var calls []starlark.Value

func recorder(name, arguments string) *starlark.Builtin {
	known := strings.Fields(arguments)
	return starlark.NewBuiltin(name, func(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		if len(args) > len(known) {
			return nil, fmt.Errorf("%s: takes %d arguments", name, len(known))
		}
		call := starlark.NewDict(len(known))
		call.SetKey(starlark.String("function"), starlark.String(name))
		for i, value := range args {
			call.SetKey(starlark.String(known[i]), value)
		}
		for _, pair := range kwargs {
			if key := string(pair[0].(starlark.String)); !slices.Contains(known, key) {
				return nil, fmt.Errorf("%s: has no argument %s", name, key)
			}
			call.SetKey(pair[0], pair[1])
		}
		calls = append(calls, call)
		return call, nil
	})
}

func recorders(functions map[string]string) starlark.StringDict {
	made := starlark.StringDict{}
	for name, arguments := range functions {
		made[name] = recorder(name, arguments)
	}
	return made
}

func load(_ *starlark.Thread, module string) (starlark.StringDict, error) {
	found, ok := extensions[module]
	if !ok {
		return nil, fmt.Errorf("no extension %s", module)
	}
	return recorders(found), nil
}

func main() {
	thread := &starlark.Thread{Name: "Tiltfile", Load: load}
	options := &syntax.FileOptions{TopLevelControl: true, GlobalReassign: true}
	if _, err := starlark.ExecFileOptions(options, thread, os.Args[1], nil, recorders(functions)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	encode := json.Module.Members["encode"].(*starlark.Builtin)
	text, err := starlark.Call(thread, encode, starlark.Tuple{starlark.NewList(calls)}, nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(string(text.(starlark.String)))
}
