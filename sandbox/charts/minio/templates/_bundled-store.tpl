{{- define "epinio.bundledStore" -}}
{{- if .Values.minio.enabled -}}
secret: {{ .Values.minio.existingSecret }}
endpoint: {{ .Values.minio.fullnameOverride }}.{{ .Release.Namespace }}.svc.cluster.local:9000
useSSL: true
certificateSecret: {{ .Values.minio.tls.certSecret }}
accessKeyField: accesskey
secretKeyField: secretkey
{{- end -}}
{{- end -}}

{{/* What MinIO itself reads from the Secret, beside the fields that this chart's own templates look up. */}}
{{- define "epinio.bundledStoreSecret" -}}
rootUser: {{ .accessKeyID | quote }}
rootPassword: {{ .secretAccessKey | quote }}
{{- end -}}
