"""CG75x to CG77x: the proof. CG751 to CG767 are its properties P1 to P17."""

from __future__ import annotations

from chartgen.codes.code import Code, error

CODES: tuple[Code, ...] = (
    error("CG751", "calls differ from the registry",
        "P1: a service may call another on a port if and only if the registry declares it, also with the methods and "
        "paths that the dependency names. A declared call is refused, or one that is not declared passes. The message "
        "names the call and the rule that decides. Mostly an overlay, a patch or a hand-made change of a chart; "
        "`chartgen generate` writes what the registry says."),
    error("CG752", "port that is not closed",
        "P2: whoever may call one port of a service may not call its other ports, and nobody calls a port that no one "
        "declares. A rule without `ports`, or with too many, opens them; a Service shows a number of its own, or "
        "annotations have a sidecar show what is not declared as metrics."),
    error("CG753", "stranger gets in",
        "P3: an account that the registry does not know, the same account in another namespace or of another trust "
        "domain, and a caller without a certificate are refused everywhere but at declared exceptions. No other pods "
        "have the account or the labels of a service's, and none is open to the outside (a type of Service, a port of "
        "the nodes) that the registry does not open."),
    error("CG754", "mTLS is not strict",
        "P4: every port of every workload takes mutual TLS alone, but for a port with `plaintext` (or one from which "
        "istiod fetches keys). A PeerAuthentication is missing, is not STRICT, or is overruled by a narrower one."),
    error("CG755", "token that is not checked",
        "P5: behind the door, a call without a token, of a wrong issuer or for a wrong audience, expired, without a "
        "subject or without a claim that the route wants is refused; the right token passes, and on a public path no "
        "token is needed. A claim says what its issuer gave it to say, and is not taken apart."),
    error("CG756", "public path leads further",
        "P6: a path that means something else to the service than to the proxy passes a public rule: dots, doubled or "
        "encoded slashes, another case, a suffix. Exact paths are safe under every setting of the mesh; a prefix is "
        "where the mesh decodes and merges slashes (`mesh.pathNormalization: decodeAndMergeSlashes`)."),
    error("CG757", "rule that no edge is behind",
        "P7: every rule grants only calls to its own service that the registry declares, and every identity in a "
        "policy is that of a workload or of the mesh's own parts. A rule is wider than the registry, or was left "
        "behind by a service that is gone. Or given manifests were rendered with other values than those by which they "
        "are judged."),
    error("CG758", "shape that Istio takes otherwise",
        "P8: a form that does not mean what it seems to: `rules: [{}]` admits everyone, an ALLOW with HTTP fields on a "
        "TCP port is dropped, a DENY without ports closes more than it says, `notPaths` in an ALLOW opens all else, "
        "more than 16 accounts in one source are refused, a `*` as host lets every name in. The message says which."),
    error("CG759", "reference to nothing",
        "P9: a selector matches no pod, an account, a port, a host, a subset or a gateway that an object names is not "
        "there, a Service leads past the pods that it stands for, what makes a service's pods is not there (and not "
        "switched off), weights do not add up to 100, or a share of the calls is led to a version that is switched "
        "off. So is a number of a Service by which the registry has it called, and what the monitoring is told to "
        "read."),
    error("CG760", "workload that no policy covers",
        "P10: pods with no ALLOW policy and no deny-all in their namespace are open to everyone."),
    error("CG761", "token that nobody reads",
        "P11: a policy asks for a token where no RequestAuthentication checks one, so that nobody passes; or tokens "
        "are checked where no policy asks for one, so that callers without a token pass."),
    error("CG762", "networks differ from the mesh",
        "P12: NetworkPolicies admit exactly the callers that the mesh admits, beside DNS, the control plane, the "
        "monitoring and the ports of the mesh itself. Here the two differ, or (without a mesh) the NetworkPolicies "
        "differ from the registry; or pods have a network beside the cluster's, where neither holds."),
    error("CG763", "egress differs from the registry",
        "P13: what a workload's proxy knows of (Sidecar, ServiceEntry) is what its service depends on, and the control "
        "plane. A dependency is missing there, or a host is there that nobody declares; or pods are in its namespace "
        "that nobody declares, and no NetworkPolicy says whom they may call."),
    error("CG764", "modes differ",
        "P14: rendered for sidecars and for ambient, the registry gives the same calls. Here it does not."),
    error("CG765", "names change the calls",
        "P15: with another namespace, trust domain and other accounts of ingress and monitoring, the same calls pass. "
        "A name stands in a template where a value belongs."),
    error("CG766", "timeouts and retries do not fit",
        "P16: attempts × the timeout of each ≤ the call's timeout ≤ the timeout of who waits for it; and a call "
        "that is not idempotent (POST, PATCH) is never tried twice. Istio tries twice again where nothing is said."),
    error("CG767", "audit that is none",
        "P17: with `mesh.audit: true` no policy refuses a call yet: each is a dry run, and plaintext is taken. Without "
        "it, each is enforced. An object says otherwise. (What passes now and would be refused is no finding: `verify` "
        "lists it below the matrix.)"),
    error("CG770", "not to be judged",
        "A policy has a form, a field or an API version that chartgen does not know, stands there twice or is no YAML, "
        "or an object (an EnvoyFilter, a policy of a CNI's own kind) changes calls in ways that are not judged here. "
        "What it concerns counts as unknown, never as safe."),
    error("CG771", "nothing to judge",
        "There is no workload among the manifests, so a proof would say nothing."),
)  # fmt: skip
