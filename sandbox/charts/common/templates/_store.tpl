{{/*
The store inside the cluster that Epinio uses, as YAML: secret, endpoint, useSSL, certificateSecret, and the fields of the
Secret that hold the two keys. Nothing while only an external one is used. The bundled store is the business of its layer.
*/}}
{{- define "epinio.store" -}}
{{- if .Values.s3gw.enabled -}}
secret: {{ .Values.s3gw.defaultUserCredentialsSecret }}
endpoint: {{ .Values.s3gw.serviceName }}.{{ .Release.Namespace }}.svc.cluster.local
useSSL: true
certificateSecret: s3gw-cluster-ip-tls
accessKeyField: RGW_DEFAULT_USER_ACCESS_KEY
secretKeyField: RGW_DEFAULT_USER_SECRET_KEY
{{- else -}}
{{ include "epinio.bundledStore" . }}
{{- end -}}
{{- end -}}
