package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	boot "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	echo "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/echo/v3"
	tls "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
)

const (
	own  = "own"  // the secret with a proxy's certificate
	root = "root" // the secret with the authority's
)

// bootstrap is all that Envoy is told.
func bootstrap(w *World, listeners []*listener.Listener, t *trust) *boot.Bootstrap {
	// istio-agent's own flags (pkg/bootstrap/config.go, extractRuntimeFlags), those that a request can meet
	flags, err := structpb.NewStruct(map[string]any{
		"re2.max_program_size.error_level":                         "32768",
		"envoy.reloadable_features.http_reject_path_with_fragment": false,
	})
	must(err)
	layer := &boot.RuntimeLayer{Name: "flags", LayerSpecifier: &boot.RuntimeLayer_StaticLayer{StaticLayer: flags}}
	echoes := &listener.Filter{Name: "echo", ConfigType: &listener.Filter_TypedConfig{TypedConfig: packed(&echo.Echo{})}}
	behind := &listener.Listener{
		Name: application, Address: hostport(w.Echo), FilterChains: []*listener.FilterChain{{Filters: []*listener.Filter{echoes}}},
	}
	return &boot.Bootstrap{
		Node:           &corev3.Node{Id: "judge", Cluster: "judge"},
		Admin:          &boot.Admin{Address: hostport(w.Admin)},
		LayeredRuntime: &boot.LayeredRuntime{Layers: []*boot.RuntimeLayer{layer}},
		StaticResources: &boot.Bootstrap_StaticResources{
			Listeners: append(listeners, behind), Clusters: []*cluster.Cluster{echoing(w.Echo)}, Secrets: secrets(t),
		},
	}
}

func echoing(address string) *cluster.Cluster {
	host := &endpoint.LbEndpoint_Endpoint{Endpoint: &endpoint.Endpoint{Address: hostport(address)}}
	near := &endpoint.LocalityLbEndpoints{LbEndpoints: []*endpoint.LbEndpoint{{HostIdentifier: host}}}
	return &cluster.Cluster{
		Name: application, ConnectTimeout: durationpb.New(time.Second),
		ClusterDiscoveryType: &cluster.Cluster_Type{Type: cluster.Cluster_STATIC},
		LoadAssignment:       &endpoint.ClusterLoadAssignment{ClusterName: application, Endpoints: []*endpoint.LocalityLbEndpoints{near}},
	}
}

func secrets(t *trust) []*tls.Secret {
	chain, key := pems(t.certificate("spiffe://cluster.local/ns/judge/sa/judge"))
	pair := &tls.TlsCertificate{CertificateChain: text(chain), PrivateKey: text(key)}
	checks := &tls.CertificateValidationContext{TrustedCa: text(pemOf("CERTIFICATE", t.authority.Raw))}
	return []*tls.Secret{
		{Name: own, Type: &tls.Secret_TlsCertificate{TlsCertificate: pair}},
		{Name: root, Type: &tls.Secret_ValidationContext{ValidationContext: checks}},
	}
}

func text(words string) *corev3.DataSource {
	return &corev3.DataSource{Specifier: &corev3.DataSource_InlineString{InlineString: words}}
}

func hostport(address string) *corev3.Address {
	host, port, err := net.SplitHostPort(address)
	must(err)
	number, err := strconv.Atoi(port)
	must(err)
	return socket(host, number)
}

// envoy is the running proxy.
type envoy struct{ process *exec.Cmd }

// startEnvoy returns when Envoy takes calls, and ends the program with Envoy's words when it does not.
func startEnvoy(program, folder, admin string, config *boot.Bootstrap) *envoy {
	words, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(config)
	must(err)
	file, log := filepath.Join(folder, "envoy.json"), filepath.Join(folder, "envoy.log")
	must(os.WriteFile(file, words, 0o600))
	command := exec.Command(program, "-c", file, "--concurrency", "1", "--log-level", "error", "--log-path", log, "--use-dynamic-base-id")
	dieWithUs(command)
	must(command.Start())
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	for start := time.Now(); time.Since(start) < time.Minute; time.Sleep(20 * time.Millisecond) {
		select {
		case <-ended:
			said, _ := os.ReadFile(log)
			fail(fmt.Errorf("envoy ended: %s", said))
		default:
		}
		if response, err := http.Get("http://" + admin + "/ready"); err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return &envoy{command}
			}
		}
	}
	fail(fmt.Errorf("envoy was not ready in a minute"))
	return nil
}

func (e *envoy) end() { _ = e.process.Process.Kill() }
