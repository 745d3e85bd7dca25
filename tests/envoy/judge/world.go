package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	meshconfig "istio.io/api/mesh/v1alpha1"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/config/mesh"
	istiolog "istio.io/istio/pkg/log"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
)

const istioVersion = "1.31.0"

// World is what the mesh knows: pods, Services, and Istio's objects, each with its namespace.
type World struct {
	Mesh      string           `json:"mesh"`  // MeshConfig as YAML
	Admin     string           `json:"admin"` // address of Envoy's own pages
	Echo      string           `json:"echo"`  // address of the application behind TCP ports
	Stray     int              `json:"stray"` // a port that no Service has
	Workloads []Workload       `json:"workloads"`
	Services  []map[string]any `json:"services"`
	Objects   []map[string]any `json:"objects"`
}

// Workload is the pods of one template; its proxy listens on an address of its own.
type Workload struct {
	ID        string         `json:"id"`
	Namespace string         `json:"namespace"`
	Name      string         `json:"name"`
	Address   string         `json:"address"`
	Template  map[string]any `json:"template"`
}

// Port is a port of a workload, and what Istio takes it for where a Service leads to it. Plain: it takes no TLS, which
// the proxies of callers know (they get it from istiod).
type Port struct {
	Number   int    `json:"number"`
	Protocol string `json:"protocol"`
	Plain    bool   `json:"plain"`
}

// listeners are istiod's inbound listeners, made fit for a lone Envoy, and the ports of each workload.
func (w *World) listeners() ([]*listener.Listener, map[string][]Port) {
	for _, scope := range istiolog.Scopes() {
		scope.SetOutputLevel(istiolog.ErrorLevel)
	}
	pods := make([]*core.Pod, len(w.Workloads))
	for i, workload := range w.Workloads {
		pods[i] = workload.pod(i)
	}
	server := xds.NewFakeDiscoveryServer(istiosTest{}, xds.FakeOptions{
		KubernetesObjects: w.kubernetes(pods),
		ConfigString:      w.config(),
		MeshConfig:        w.meshConfig(),
	})
	var found []*listener.Listener
	ports := map[string][]Port{}
	for i, workload := range w.Workloads {
		proxy := server.SetupProxy(proxyOf(workload, pods[i]))
		own := append(portsOf(proxy, pods[i]), Port{Number: w.Stray})
		for _, each := range server.Listeners(proxy) {
			if each.TrafficDirection == corev3.TrafficDirection_INBOUND {
				notePlain(own, each)
				found = append(found, alone(each, workload, own))
			}
		}
		ports[workload.ID] = own
	}
	return found, ports
}

// useKeys has every issuer's tokens checked against the key with which questions are signed.
func (w *World) useKeys(trust *trust) {
	for _, object := range w.Objects {
		spec, _ := object["spec"].(map[string]any)
		rules, _ := spec["jwtRules"].([]any)
		for _, each := range rules {
			rule := each.(map[string]any)
			delete(rule, "jwksUri")
			delete(rule, "jwks_uri")
			rule["jwks"] = trust.keySet()
		}
	}
}

func (w *World) meshConfig() *meshconfig.MeshConfig {
	config, err := mesh.ApplyMeshConfigDefaults(w.Mesh)
	must(err)
	return config
}

func (w *World) config() string {
	texts := make([]string, len(w.Objects))
	for i, object := range w.Objects {
		text, err := json.Marshal(object) // which is YAML
		must(err)
		texts[i] = string(text)
	}
	return strings.Join(texts, "\n---\n")
}

// notePlain finds the ports of which no chain takes TLS; those without a chain of their own share the ones for any port.
func notePlain(ports []Port, l *listener.Listener) {
	const anyPort = 0
	secure := map[int]bool{}
	for _, chain := range l.FilterChains {
		number := int(chain.FilterChainMatch.GetDestinationPort().GetValue())
		secure[number] = secure[number] || chain.TransportSocket != nil
	}
	for i, port := range ports {
		takes, own := secure[port.Number]
		ports[i].Plain = own && !takes || !own && !secure[anyPort]
	}
}

func (w *World) kubernetes(pods []*core.Pod) []runtime.Object {
	var objects []runtime.Object
	namespaces := map[string]bool{}
	for _, pod := range pods {
		objects = append(objects, pod)
		namespaces[pod.Namespace] = true
	}
	for i, each := range w.Services {
		service := &core.Service{}
		reread(each, service)
		if service.Spec.Type == "" {
			service.Spec.Type = core.ServiceTypeClusterIP
		}
		for n := range service.Spec.Ports { // as the API server does
			if port := &service.Spec.Ports[n]; port.TargetPort == (intstr.IntOrString{}) {
				port.TargetPort = intstr.FromInt32(port.Port)
			}
		}
		if service.Spec.ClusterIP == "" && service.Spec.Type != core.ServiceTypeExternalName {
			service.Spec.ClusterIP = fmt.Sprintf("10.96.%d.%d", i/250, i%250+1)
		}
		objects = append(objects, service)
		namespaces[service.Namespace] = true
	}
	for name := range namespaces {
		kind := meta.TypeMeta{Kind: "Namespace", APIVersion: "v1"}
		objects = append(objects, &core.Namespace{TypeMeta: kind, ObjectMeta: meta.ObjectMeta{Name: name}})
	}
	return objects
}

func (w Workload) pod(number int) *core.Pod {
	pod := &core.Pod{}
	reread(w.Template, pod)
	pod.TypeMeta = meta.TypeMeta{Kind: "Pod", APIVersion: "v1"}
	pod.Name, pod.Namespace = fmt.Sprintf("pod-%d", number), w.Namespace
	if pod.Spec.ServiceAccountName == "" {
		pod.Spec.ServiceAccountName = "default"
	}
	pod.Status = core.PodStatus{
		Phase: core.PodRunning, PodIP: w.Address, PodIPs: []core.PodIP{{IP: w.Address}},
		Conditions: []core.PodCondition{{Type: core.PodReady, Status: core.ConditionTrue}},
	}
	return pod
}

func proxyOf(w Workload, pod *core.Pod) *model.Proxy {
	return &model.Proxy{
		Type: model.SidecarProxy, IPAddresses: []string{w.Address}, ID: pod.Name + "." + w.Namespace,
		ConfigNamespace: w.Namespace, DNSDomain: w.Namespace + ".svc.cluster.local", Labels: pod.Labels,
		Metadata: &model.NodeMetadata{
			Namespace: w.Namespace, Labels: pod.Labels, ServiceAccount: pod.Spec.ServiceAccountName,
			ClusterID: "Kubernetes", IstioVersion: istioVersion, WorkloadName: w.Name,
		},
	}
}

// portsOf are the ports that Services lead to, and the others that containers declare: those have no protocol.
func portsOf(proxy *model.Proxy, pod *core.Pod) []Port {
	ports := []Port{}
	seen := map[int]bool{}
	for _, target := range proxy.ServiceTargets {
		number := int(target.Port.TargetPort)
		if !seen[number] {
			seen[number] = true
			ports = append(ports, Port{Number: number, Protocol: string(target.Port.ServicePort.Protocol)})
		}
	}
	for _, container := range pod.Spec.Containers {
		for _, port := range container.Ports {
			number := int(port.ContainerPort)
			if !seen[number] && port.Protocol != core.ProtocolUDP {
				seen[number] = true
				ports = append(ports, Port{Number: number})
			}
		}
	}
	return ports
}

func reread(from, into any) {
	text, err := json.Marshal(from)
	must(err)
	must(json.Unmarshal(text, into))
}

// istiosTest stands for the Go test that Istio's in-memory server expects around it.
type istiosTest struct{}

func (istiosTest) Fail()                        { fail(fmt.Errorf("istio failed")) }
func (istiosTest) FailNow()                     { fail(fmt.Errorf("istio failed")) }
func (istiosTest) Fatal(words ...any)           { fail(fmt.Errorf("istio: %s", fmt.Sprint(words...))) }
func (istiosTest) Fatalf(f string, args ...any) { fail(fmt.Errorf("istio: "+f, args...)) }
func (istiosTest) Log(...any)                   {}
func (istiosTest) Logf(string, ...any)          {}
func (istiosTest) TempDir() string              { return fmt.Sprintf("unused-%d", time.Now().UnixNano()) }
func (istiosTest) Helper()                      {}
func (istiosTest) Cleanup(func())               {}
func (istiosTest) Skip(...any)                  {}
