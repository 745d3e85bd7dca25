{{/* RFC 7386: lays .patch over .object, in place; null removes. */}}
{{- define "reviews.mergePatch" -}}
{{- $object := .object }}
{{- range $key, $value := .patch }}
{{- if kindIs "invalid" $value }}
{{- $_ := unset $object $key }}
{{- else if kindIs "map" $value }}
{{- if not (kindIs "map" (get $object $key)) }}
{{- $_ := set $object $key dict }}
{{- end }}
{{- include "reviews.mergePatch" (dict "object" (get $object $key) "patch" $value) }}
{{- else }}
{{- $_ := set $object $key $value }}
{{- end }}
{{- end }}
{{- end }}
