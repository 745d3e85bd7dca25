package main

import (
	"fmt"
	"strings"

	accesslog "github.com/envoyproxy/go-control-plane/envoy/config/accesslog/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	http "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	tcp "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	tls "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

const (
	application = "application"  // the cluster behind TCP ports
	answered    = "x-judge-path" // what only an answer of the application has: the path that it was asked for
)

// What decides stays as istiod wrote it; what tells others about it (telemetry, which needs Istio's own build of Envoy)
// goes. A filter of neither kind ends the program: nobody knows what it would have decided.
var (
	decides = []string{"rbac.v3.RBAC", "jwt_authn.v3.JwtAuthentication", "cors.v3.Cors", "fault.v3.HTTPFault", "router.v3.Router"}
	tells   = []string{
		"metadata_exchange", "MetadataExchange", "peer_metadata", "stats.PluginConfig", "grpc_stats", "istio.alpn",
		"alpn.v2alpha1", "set_filter_state",
	}
)

// alone makes an inbound listener run in an Envoy without iptables, secrets' server and application: it takes the
// workload's own address (its chains are chosen by port, so they hold as they are) and answers itself.
func alone(l *listener.Listener, w Workload, ports []Port) *listener.Listener {
	l.Name, l.AccessLog, l.UseOriginalDst, l.BindToPort = w.ID, nil, nil, nil
	l.Address, l.AdditionalAddresses = socket(w.Address, ports[0].Number), nil
	for _, port := range ports[1:] {
		more := &listener.AdditionalAddress{Address: socket(w.Address, port.Number)}
		l.AdditionalAddresses = append(l.AdditionalAddresses, more)
	}
	l.ListenerFilters = without(l.ListenerFilters, func(f *listener.ListenerFilter) bool {
		return strings.Contains(f.GetTypedConfig().GetTypeUrl(), "original_dst")
	})
	for _, chain := range append(l.FilterChains, l.DefaultFilterChain) {
		if chain != nil {
			chain.Filters = without(chain.Filters, func(f *listener.Filter) bool { return !settle(f) })
			staticSecrets(chain)
		}
	}
	return l
}

// settle prepares a filter of a connection; false: it only tells.
func settle(f *listener.Filter) bool {
	kind := f.GetTypedConfig()
	switch {
	case strings.HasSuffix(kind.TypeUrl, "HttpConnectionManager"):
		manager := &http.HttpConnectionManager{}
		must(kind.UnmarshalTo(manager))
		answer(manager)
		f.ConfigType = &listener.Filter_TypedConfig{TypedConfig: packed(manager)}
		return true
	case strings.HasSuffix(kind.TypeUrl, "TcpProxy"):
		forward := &tcp.TcpProxy{}
		must(kind.UnmarshalTo(forward))
		forward.AccessLog = []*accesslog.AccessLog{}
		forward.ClusterSpecifier = &tcp.TcpProxy_Cluster{Cluster: application}
		f.ConfigType = &listener.Filter_TypedConfig{TypedConfig: packed(forward)}
		return true
	}
	return deciding(kind)
}

// answer lets the proxy answer in the application's place, after all filters that decide.
func answer(manager *http.HttpConnectionManager) {
	manager.AccessLog, manager.Tracing = nil, nil
	manager.HttpFilters = without(manager.HttpFilters, func(f *http.HttpFilter) bool { return !deciding(f.GetTypedConfig()) })
	for _, host := range manager.GetRouteConfig().GetVirtualHosts() {
		for _, each := range host.Routes {
			each.Decorator = nil
			each.Action = &route.Route_DirectResponse{DirectResponse: &route.DirectResponseAction{Status: 200}}
			header := &corev3.HeaderValue{Key: answered, Value: "%REQ(:PATH)%"}
			each.ResponseHeadersToAdd = append(each.ResponseHeadersToAdd, &corev3.HeaderValueOption{Header: header})
		}
	}
	if len(manager.GetRouteConfig().GetVirtualHosts()) == 0 {
		fail(fmt.Errorf("a port for HTTP without a route of its own"))
	}
}

func deciding(filter *anypb.Any) bool {
	name := filter.TypeUrl
	for _, each := range decides {
		if strings.HasSuffix(name, each) {
			return true
		}
	}
	if strings.HasSuffix(name, "TypedStruct") {
		name = string(filter.Value)
	}
	for _, each := range tells {
		if strings.Contains(name, each) {
			return false
		}
	}
	fail(fmt.Errorf("the filter %s is not known here: does it decide?", name))
	return false
}

// staticSecrets has a chain's certificates taken from the bootstrap.
func staticSecrets(chain *listener.FilterChain) {
	if chain.TransportSocket == nil {
		return
	}
	context := &tls.DownstreamTlsContext{}
	must(chain.TransportSocket.GetTypedConfig().UnmarshalTo(context))
	common := context.CommonTlsContext
	for _, secret := range common.TlsCertificateSdsSecretConfigs {
		secret.Name, secret.SdsConfig = own, nil
	}
	if combined := common.GetCombinedValidationContext(); combined != nil {
		combined.ValidationContextSdsSecretConfig.Name, combined.ValidationContextSdsSecretConfig.SdsConfig = root, nil
	}
	chain.TransportSocket.ConfigType = &corev3.TransportSocket_TypedConfig{TypedConfig: packed(context)}
}

func without[T any](all []T, leaves func(T) bool) []T {
	var kept []T
	for _, each := range all {
		if !leaves(each) {
			kept = append(kept, each)
		}
	}
	return kept
}

func packed(message proto.Message) *anypb.Any {
	found, err := anypb.New(message)
	must(err)
	return found
}

func socket(address string, port int) *corev3.Address {
	return &corev3.Address{Address: &corev3.Address_SocketAddress{SocketAddress: &corev3.SocketAddress{
		Address: address, PortSpecifier: &corev3.SocketAddress_PortValue{PortValue: uint32(port)},
	}}}
}
