"""CG2xx: names, references, the graph."""

from __future__ import annotations

from chartgen.codes.code import Code, error

CODES: tuple[Code, ...] = (
    error(
        "CG201",
        "name given twice",
        "The name of a service is the name of its Kubernetes Service, of its chart and of its key in the values, "
        "so it can be given once. Datastores and externals share the same names, for an edge needs only a name.",
    ),
    error(
        "CG202",
        "name that is taken",
        "`global` is Helm's own key in every chart's values; `mesh-policy` and `chartgen-release` are charts and "
        "values of chartgen's. A service needs another name.",
    ),
    error(
        "CG203",
        "unknown dependency",
        "A dependency names a service that the registry does not have. Correct the name, or add the service.",
    ),
    error(
        "CG204",
        "dependency on itself",
        "A service needs no edge to itself: its pods may always call each other. Remove the entry.",
    ),
    error(
        "CG205",
        "dependency named twice",
        "A caller has one edge to each service it calls. Merge the entries: list the ports in one, and decide "
        "there on `startup` and `optional`.",
    ),
    error(
        "CG206",
        "cycle in the start order",
        "Each of these services waits for the next one before it starts, so none could ever start. Find the edge "
        "whose caller can start alone, and set `startup: false` on it: it may still call, it only does not wait. "
        "The message prints a shortest cycle and points at the edge to the service that fewest others wait for, "
        "which is the likeliest one.",
    ),
    error(
        "CG207",
        "needs what is switched off",
        "A service that is switched on requires one with `enabled: false`; the rendered chart would refuse that. "
        "Mark the dependency `optional: true` when the caller can do without, or switch both on or both off.",
    ),
    error(
        "CG208",
        "port of a dependency that is not there",
        "`ports` of a dependency names ports by name or number as the called service's Service shows them; a port "
        "with `expose: false` is hidden. A number that TCP and UDP share matches several: name the port instead.",
    ),
    error(
        "CG209",
        "malformed reference",
        "In the value of an environment variable, `${` begins a reference: `${name.url}`, `${name.host}`, "
        "`${name.port}`, `${name.port.<port>}` or `${name.url.<port>}`. For a literal `${`, write `$${`. "
        "References are read in `env` only; everywhere else `${` is literal.",
    ),
    error(
        "CG210",
        "reference to what is not declared",
        "A service may refer only to services that it declares as dependencies, because the edge is also what "
        "opens the way to them. Add the dependency.",
    ),
    error(
        "CG211",
        "reference to a port that is not there",
        "`url` and `port` without a port's name mean the port named `http`, else the only one that the dependency "
        "opens. Otherwise name the port: `${orders.url.grpc}`. Where the dependency lists `ports`, only those "
        "count.",
    ),
    error(
        "CG212",
        "names that collide once emitted",
        "Object names carry no release name, so two services can come to make objects of one kind and name: a "
        "StatefulSet `a` has the Service `a-headless`, a claim is `<service>-<volume>` (of a StatefulSet "
        "`<volume>-<service>-<ordinal>`), and all test pods share the account `<platform>-helm-test`. The gateway, "
        "which has the platform's name unless it says another, needs one that no service and no datastore has.",
    ),
    error(
        "CG213",
        "name too long for the kind",
        "Kubernetes appends an ordinal, a time or a hash to the name of a StatefulSet, CronJob or Job; beyond 52 "
        "characters it refuses the object or its pods never start.",
    ),
    error(
        "CG214",
        "two environments of one name",
        "An environment's name is its folder under `values/` and can be given once.",
    ),
    error(
        "CG215",
        "version that cannot be used",
        "Images without a tag of their own have the appVersion as tag, and every object has it as a label; the "
        "appVersion is the version unless it is set. A label ends with a letter or digit. The three numbers of the "
        "version have at most 64 bits, or Helm cannot read it.",
    ),
    error(
        "CG216",
        "dependency on another sort of node",
        "The long form of a dependency says what it leads to: `service`, `datastore` or `external`. The name is that "
        "of another sort. Correct the key, or write the name alone.",
    ),
    error(
        "CG217",
        "credential that is not given",
        "`${name.secret.key}` is a reference to a Secret's key. It must be the whole value of its variable, and every "
        "way in which the chart can provide the datastore must give that credential, for the way is chosen at "
        "installation. Operators give more than username and password; the message says which way gives what.",
    ),
    error(
        "CG218",
        "reference to a wildcard",
        "An external such as `*.example.com` stands for many hosts, so `${name.host}` and `${name.url}` have no one "
        "answer. Write the host that is meant, or give it an external of its own.",
    ),
    error(
        "CG219",
        "events without a plain broker",
        "Topics live on the datastore whose role is broker. With one broker nothing needs to be said; with several, "
        "each service names its `broker` under `events`.",
    ),
    error(
        "CG220",
        "way or topology that the engine does not have",
        "A builtin datastore is for development and gives only topologies that really work without an operator; an "
        "operator gives those of its own resource. Each way may have its own topology: "
        "`provision: {default: builtin, builtin: {topology: single}, operator: {topology: ha}}`.",
    ),
    error(
        "CG221",
        "no default way",
        "The chart can carry several ways to provide a datastore, of which a value chooses one. The registry says "
        "which is used where no value speaks.",
    ),
    error(
        "CG222",
        "engine without its facts",
        "chartgen knows image and ports of every engine but custom, which must say its own: `ports` on the datastore "
        "and an image under `provision.builtin`.",
    ),
    error(
        "CG223",
        "datastore that hides its port",
        "Callers are told the engine's ports by name, whatever the way. The pods' own list of ports has to show them "
        "under the same names; their numbers may differ.",
    ),
    error(
        "CG224",
        "datastore in no way that the environment takes",
        "The environment names the ways in which datastores may be provided there, and the chart carries none of them "
        "for this one.",
    ),
    error(
        "CG225",
        "pods in a number that the way does not take",
        "A topology says how many pods there can be: one that is single has one, for two would be two datastores; "
        "voters come in odd numbers, and each shard of a Redis Cluster has two.",
    ),
    error(
        "CG226",
        "topic on more brokers than there are",
        "A broker refuses a topic whose copies it has no place for. Each way that the chart carries must have as many "
        "pods as the topic has replicas.",
    ),
    error(
        "CG230",
        "host that cannot be called",
        "An external is one host: a name, a name with `*.` in front (for http, https and tls, whose callers say "
        "which host they mean), or one address. URLs, ranges of addresses and a bare `*` are none, `*.com` "
        "is everybody's, and 169.254.0.0/16 is the node's own network. A datastore that is "
        "provided as external is one host too, without a wildcard.",
    ),
    error(
        "CG231",
        "port of an external given twice",
        "Ports of an external are told apart by name and by number.",
    ),
    error(
        "CG240",
        "cycle among releases",
        "Each group is a release of its own, and releases are installed one after the other: a group that waits for "
        "another, which waits for the first, could not be. No service waits for itself, so either edge of the ring "
        "may become `startup: false`, or the services at its ends go into one group. The message names a pair of "
        "services for each step of the ring.",
    ),
    error(
        "CG241",
        "account shared across groups",
        "A ServiceAccount is one object, and an object belongs to one release: services that share one belong into "
        "one group.",
    ),
    error(
        "CG242",
        "group that cannot be a release",
        "A group's release and chart are named `<platform>-<group>`. Helm takes at most 53 characters, and "
        "`<platform>-policy` is a chart of chartgen's.",
    ),
)
