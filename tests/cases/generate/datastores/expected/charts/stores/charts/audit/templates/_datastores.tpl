{{/* The datastores that audit calls, each as global.datastores says that it is provided. */}}
{{- define "audit.datastores" -}}
{{- $given := (.Values.global).datastores | default dict }}
bus:
{{- $way := dig "bus" "provision" "" $given | default "builtin" }}
{{- if eq $way "builtin" }}
  host: bus
  port:
    kafka: 9092
  url:
    kafka: kafka://bus:9092
  opens:
    - {port: 9092, protocol: TCP}
  pods:
    app.kubernetes.io/name: bus
    app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- else if eq $way "operator" }}
  host: bus-kafka-bootstrap
  port:
    kafka: 9092
  url:
    kafka: kafka://bus-kafka-bootstrap:9092
  opens:
    - {port: 9092, protocol: TCP}
  pods:
    strimzi.io/cluster: bus
{{- else }}
{{- fail (printf "global.datastores.bus.provision is %q, and this chart carries builtin and operator" $way) }}
{{- end }}
graph:
  host: graph
  port:
    tcp-bolt: 7687
  url:
    tcp-bolt: tcp://graph:7687
  opens:
    - {port: 17687, protocol: TCP}
  pods:
    app.kubernetes.io/name: graph
    app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}
