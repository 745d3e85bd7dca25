"""CG7xx: mesh, gateway and proof."""

from __future__ import annotations

from chartgen.codes.code import Code, error, warning

CODES: tuple[Code, ...] = (
    warning(
        "CG701",
        "setting without effect",
        "Nothing reads it: what a dependency says of its calls, and `plaintext`, are for a mesh; `token: false` is "
        "for one that asks for tokens at every hop (`enforce: everyHop`); UDP does not go through a mesh at all.",
    ),
    error(
        "CG702",
        "version that the policy cannot serve",
        "`minVersion` and `gatewayApiVersion` are the oldest versions that the policy must work with. chartgen writes"
        " for Istio 1.22 and newer, in ambient mode 1.24, and for the Gateway API from 1.1 on.",
    ),
    error(
        "CG703",
        "keys that cannot be used",
        '`jwks` is a JSON Web Key Set of public keys: `{"keys": [{"kty": "RSA", "n": …, "e": …}]}`. It stands in the '
        "charts for all to read: whoever has a private or symmetric key can make tokens. `jwksUri` is a URL from which"
        " istiod can fetch such a set, without a password.",
    ),
    error(
        "CG704",
        "issuer inside the mesh",
        "istiod fetches `jwksUri` without a certificate of the mesh, so a service under strict mTLS refuses it, and "
        "every token is then refused with 401. `issuerService` says which service has the keys, and opens one path of"
        " one port for istiod; or write the keys themselves, as `jwks`.",
    ),
    error(
        "CG705",
        "issuer's service that cannot be asked",
        "`issuerService` names a service of the platform, one of its ports that speaks HTTP, and the path of the "
        "keys. istiod (`fetchedBy: istiod`) comes without an identity, so it gets a port that has no other use. "
        "Proxies (`fetchedBy: proxy`) come as the service whose calls they check, which needs a dependency on the "
        "issuer, and one without a token (`token: false`): none can be checked before the keys are there.",
    ),
    error(
        "CG706",
        "route whose callers nobody checks",
        "In a mesh, a route is either public, and says so (`public: true`), or its callers show a token, for which "
        "`mesh.jwt` names the issuer. `roles` and `claims` are demands on that token, so they cannot stand on a "
        "public route, nor where no token is checked. A door without a mesh checks none.",
    ),
    error(
        "CG707",
        "claim that never matches",
        "A claim is a name, nested ones in brackets: `realm_access[roles]`. A policy compares texts: numbers such as "
        "`exp` and booleans such as `email_verified` never match, `*` may be taken for a wildcard, and `scope` is "
        "split at its spaces. A header is made of a claim by its name in dots, so a name with dots of its own cannot "
        "be one. When tokens expire is the issuer's to say; Istio refuses those that have.",
    ),
    warning(
        "CG708",
        "claim with a dot",
        "A dot is part of the claim's name. A claim inside another is written in brackets: `realm_access[roles]`, not"
        " `realm_access.roles`.",
    ),
    error(
        "CG709",
        "header that cannot carry a claim",
        "The header is overwritten where the token is read, and refused where a caller sets it. One that HTTP, "
        "browsers or proxies use themselves (authorization, host, cookie, x-forwarded-…) would break calls. Each "
        "header carries one claim; upper and lower case are the same header.",
    ),
    error(
        "CG710",
        "host that the gateway cannot serve",
        "A host is a name in lower case, also with `*.` in front: no URL, port, address or bare `*`; a "
        "name that callers outside know, not one of the cluster or a whole suffix (`*.com`). `hosts` of a "
        "route are some of the gateway's.",
    ),
    error(
        "CG711",
        "route that leads nowhere",
        "A route leads to one port of one service of the platform, and the port speaks HTTP (http, http2, grpc, grpc-"
        "web), for the door reads each call. Where a service has several such ports and none is named http, name one.",
    ),
    error(
        "CG712",
        "path that proxies read in another way",
        "A path is exact (`/v1/users`) or all below one (`/v1/users/*`). There are no regular expressions and no "
        "templates. Proxies resolve `..`, some merge `//` and decode `%2F`, and neither query nor fragment is part of"
        " a path: a rule on such a text would never match, or match something else.",
    ),
    error(
        "CG713",
        "two routes that claim one call",
        "The same path of the same host, with a method in common, stands in two routes; which of them wins is the "
        "gateway's choice. An exact path under another route's prefix is fine, and so is a longer prefix: the longer "
        "one wins.",
    ),
    error(
        "CG714",
        "route that opens what another guards",
        "Rules that allow add up: a call to the service passes when any of them matches. A route with a wider path "
        "and weaker demands (public, or fewer roles and claims) therefore lets through what a narrower route to the "
        "same port guards. List the paths of the wider route, or give it the same demands.",
    ),
    error(
        "CG715",
        "prefix that a trick passes",
        "As Istio reads paths by default, `/assets/..%2fadmin` begins with `/assets/` and is handed on as it is, so "
        "the service may take it for `/admin`. Where a prefix is public, or asks less than another route to the same "
        "service, list exact paths; or set `DECODE_AND_MERGE_SLASHES` in Istio's MeshConfig, and say so with "
        "`mesh.pathNormalization: decodeAndMergeSlashes`.",
    ),
    error(
        "CG716",
        "calls that no proxy can read",
        "Methods, paths, tokens, timeouts and retries are matters of HTTP, and of calls between services: on a port "
        "that speaks anything else, on a datastore or an external, a rule with them would be dropped, or would refuse"
        " all. Name the ports that speak HTTP in `ports` of the dependency. Calls of gRPC are all POST.",
    ),
    error(
        "CG717",
        "retries that do not work",
        "All tries have to fit into the timeout: retries times their own timeout must not be longer. Only calls that "
        "may be repeated are (GET, HEAD, OPTIONS, PUT, DELETE; gRPC has POST alone). In ambient mode the Gateway API "
        "says what is retried: from version 1.7 on, by status code.",
    ),
    error(
        "CG718",
        "timeout longer than the caller's own",
        "Whoever calls the service has given up before this call ends, so its work is for nothing. Make it shorter, "
        "or give the caller longer.",
    ),
    error(
        "CG719",
        "circuit breaker that breaks nothing",
        "How often, how long and how many pods are left alone means nothing unless `consecutiveErrors` says after how"
        " many failures. Limits of requests are for ports that speak HTTP; `maxConnections` is for all.",
    ),
    error(
        "CG720",
        "callers that the waypoint cannot tell apart",
        "In ambient mode one waypoint stands before the callee, and its routes do not know who calls: timeouts, "
        "retries and circuit breakers are the same for all callers of a port. (Methods and paths may differ: policy "
        "knows the callers.)",
    ),
    error(
        "CG721",
        "versions that call differently",
        "The versions of a service that call the same other service do so with the same methods, paths, token, "
        "timeout, retries and circuit breaker.",
    ),
    warning(
        "CG722",
        "exposed, and nobody gets in",
        "Callers from outside have no identity of the mesh, and strict mTLS refuses them. A route of the gateway lets"
        " them in; or, where they must come by themselves, a port with `plaintext`.",
    ),
    warning(
        "CG723",
        "calls outside the mesh",
        "UDP is not encrypted by Istio, and no identity comes with it: only the network policy guards these calls.",
    ),
    error(
        "CG724",
        "CORS that browsers refuse",
        "An origin is what a browser sends: scheme, host and port, without a path (`https://app.example.com`). `*` "
        "with credentials is refused by every browser. `methods` are those that the route lets through.",
    ),
    warning(
        "CG725",
        "CORS that the service must answer",
        "Routes of the Gateway API answer browsers from version 1.5 on (`mesh.gatewayApiVersion`). Below it, the "
        "preflight is let through to the service, which has to answer it.",
    ),
    warning(
        "CG726",
        "Jobs that never end",
        "Before Istio 1.27 (with Kubernetes 1.33), a sidecar starts after the init containers, which have no network "
        "then, and keeps a Job's pod alive after its work is done. ENABLE_NATIVE_SIDECARS of istiod mends both.",
    ),
    warning(
        "CG727",
        "secrets in the clear",
        "Tokens on a connection without TLS can be read and used by whoever is on the way, and keys of the issuer "
        "that come over plain HTTP can be replaced.",
    ),
    error(
        "CG728",
        "token that does not come along",
        "With `enforce: everyHop` a service hands on the token of the user who called it, so it must get "
        "it (`forward`). What nobody calls (a worker, a Job) has none: `token: false` on its dependency lets it in "
        "by its identity alone.",
    ),
    error(
        "CG729",
        "port that the mesh listens on",
        "In every pod of a mesh, the proxy (in ambient mode ztunnel) listens on ports of its own around 15000; a "
        "program that wants the same one does not start. `targetPort` may be another than `port`.",
    ),
    error(
        "CG730",
        "pod that steps out of the mesh",
        "What does not pass the proxy is neither encrypted nor held against any policy, and what the pod calls comes "
        "without an identity. So nothing may lead around it: no label that keeps the sidecar out, no annotation that "
        "excludes ports or has interfaces beside the cluster's network, no program that runs as the proxy's user; in "
        "ambient mode, no label that names a waypoint. Nor may an annotation leave probes to ask a port that takes "
        "mTLS alone: no pod would be ready. The declared way out is `plaintext` on a port.",
    ),
    error(
        "CG731",
        "demand that plaintext waives",
        "A port with `plaintext` takes any call of anyone who reaches it, for who calls without mTLS has no identity "
        "that could be asked for. Paths, methods, roles and tokens on the same port would guard nothing. Give the "
        "calls that are to be guarded a port of their own.",
    ),
    error(
        "CG732",
        "external that is the platform's own",
        "What runs in the platform is called by a dependency on it. As an external it would be let out to by its name,"
        " past the rules that its pods have for each caller, and the graph would not know of the call.",
    ),
    error(
        "CG733",
        "one host, two externals",
        "A mesh knows a port of a host once. Of two externals that are the same, it drops one, and whoever may call "
        "the one may call the other.",
    ),
    error(
        "CG734",
        "servers that a sidecar cannot tell apart",
        "A host outside that is known by its name has no address in the mesh, so calls that do not say which host "
        "they mean (anything but http, https and tls) are told apart by their port alone. Of two such servers with "
        "one port, Istio drops the second without a word, and its callers reach the first, with their credentials.",
    ),
    error(
        "CG735",
        "headless Service that must be read",
        "In ambient mode a waypoint reads requests: for methods, paths, tokens, timeouts, retries and weights. It "
        "stands before the address of a Service, and a headless one has none: its name leads to the pods, which admit "
        "the waypoint alone. A StatefulSet has a headless Service for its own pods beside.",
    ),
    warning(
        "CG736",
        "metrics that share a port with calls",
        "In ambient mode the monitoring calls pods by their address, past the waypoint, and ztunnel knows ports alone: "
        "the monitoring's account may send any request to the port of the metrics. A port of their own, which the "
        "Service hides (`metrics: 9090`), has nothing else to offer.",
    ),
    warning(
        "CG737",
        "servers that a sidecar may not tell apart",
        "As CG734, where one of the two is called by a name only with some values: a datastore that is external in "
        "some environments, or whose host the values name.",
    ),
    warning(
        "CG738",
        "issuer behind the platform's own door",
        "istiod fetches the keys. Where their host is one of the gateway's, it calls out of the cluster and in again, "
        "through a door that may not be open yet, or that the cluster cannot reach from inside.",
    ),
    warning(
        "CG739",
        "prefix of a dependency that a trick passes",
        "As CG715, of calls between services: a caller that may send `/orders/*` may send `/orders/..%2fadmin` too, "
        "which the service may take for `/admin`. The caller is one of the platform's own, so this is a warning: its "
        "paths say what it is meant to call, and keep a broken caller away from the rest less well than they look.",
    ),
    warning(
        "CG740",
        "server that a sidecar waits for in vain",
        "A sidecar has one listener for all hosts that are called with HTTP on a port, and for those outside that are "
        "known by name alone. Where both are there, it waits for what the caller says to see whether that is HTTP. "
        "In MySQL, SMTP and others the server speaks first, so both sides wait. Plain `tcp` may be such a protocol.",
    ),
)
