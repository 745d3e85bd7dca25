{{/* The datastores that mailer calls, each as global.datastores says that it is provided. */}}
{{- define "mailer.datastores" -}}
{{- $given := (.Values.global).datastores | default dict }}
bus:
{{- $way := dig "bus" "provision" "" $given | default "builtin" }}
{{- if eq $way "builtin" }}
  host: bus
  opens:
    - {port: 9092, protocol: TCP}
  pods:
    app.kubernetes.io/name: bus
    app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- else if eq $way "operator" }}
  host: bus-kafka-bootstrap
  opens:
    - {port: 9092, protocol: TCP}
  pods:
    strimzi.io/cluster: bus
{{- else }}
{{- fail (printf "global.datastores.bus.provision is %q, and this chart carries builtin and operator" $way) }}
{{- end }}
{{- end }}
