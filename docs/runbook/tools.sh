# Commands of the runbook and of docs/deploy.md. Source it in bash, in the project's folder, with credentials and region set:
#   . docs/runbook/tools.sh
# NAME is the deployment's name in its settings, STACK that of the stack. Nothing is asked of AWS before a command is used.
NAME="${NAME:-faxsync}"
STACK="${STACK:-Faxsync}"

# out <Output>: an output of the stack.
out() {
  aws cloudformation describe-stacks --stack-name "$STACK" --output text \
    --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue"
}

# callback_url: where callbacks are taken. On the emulated cloud the output is a name of AWS, which leads elsewhere: there it is a local address.
callback_url() {
  if [ -n "${EMULATED_CALLBACK_URL:-}" ]; then echo "$EMULATED_CALLBACK_URL"; else out CallbackUrl; fi
}

# alarms: what rings now, each with its page.
alarms() {
  aws cloudwatch describe-alarms --alarm-name-prefix "$NAME-" --state-value ALARM --output text \
    --query 'MetricAlarms[?StateValue==`ALARM`].[AlarmName,StateUpdatedTimestamp,AlarmDescription]'
}

# metric <function> <Name> <Statistic> <minutes> [account]: the latest values by minute, beyond half a day by five minutes; oldest first.
metric() {
  local dimensions=("Name=service,Value=$1") period=60 values at value
  if [ -n "${5:-}" ]; then dimensions+=("Name=account,Value=$5"); fi
  if [ "$4" -gt 720 ]; then period=300; fi
  values="$(aws cloudwatch get-metric-statistics --namespace "$NAME" --metric-name "$2" --statistics "$3" \
    --dimensions "${dimensions[@]}" --period "$period" --start-time "$(ago "$4")" --end-time "$(ago 0)" \
    --query "sort_by(Datapoints,&Timestamp)[].[Timestamp,$3]" --output text)" || return
  while read -r at value; do
    # Version 1 of the command line prints seconds.
    case "$at" in '') continue ;; *T*) ;; *) at="$(instant "${at%.*}")" ;; esac
    printf '%s\t%s\n' "$at" "$value"
  done <<<"$values"
}

# errors <function> <minutes>: warnings and errors that the function and its runtime logged.
errors() {
  aws logs filter-log-events --log-group-name "/aws/lambda/$NAME-$1" --start-time "$(($(date -u +%s) - $2 * 60))000" \
    --filter-pattern '?ERROR ?WARN ?"Task timed out" ?"Runtime exited"' --query 'events[].message' --output text
}

# ask <function> <minutes> <query>: a query of CloudWatch Logs Insights over the function's log. Not on the emulated cloud.
ask() {
  local id status
  id="$(aws logs start-query --log-group-name "/aws/lambda/$NAME-$1" --start-time "$(($(date -u +%s) - $2 * 60))" \
    --end-time "$(date -u +%s)" --query-string "$3" --query queryId --output text)" || return
  while :; do
    status="$(aws logs get-query-results --query-id "$id" --query status --output text)" || return
    case "$status" in Scheduled | Running) sleep 1 ;; *) break ;; esac
  done
  aws logs get-query-results --query-id "$id" --query 'results[*][*].value' --output text
}

# run <function> <event>: runs a function now and prints its answer, with the number of landed keys in place of the keys. Where the function
# failed, its error; it returns other than 0 then, and where the function was not run.
run() {
  local folder failure status=0
  folder="$(mktemp -d)" || return
  printf '%s' "$2" >"$folder/event.json"
  failure="$(aws lambda invoke --function-name "$NAME-$1" --payload "fileb://$folder/event.json" --cli-read-timeout 900 \
    --query 'FunctionError' --output text "$folder/answer.json")" || status=$?
  if [ "$status" = 0 ]; then
    if [ "$failure" != None ]; then echo "$failure" && status=1; fi
    node -e 'console.log(fs.readFileSync(0, "utf8").replace(/("landedKeys":)(\[[^\]]*\])/g, (_, name, keys) => name + JSON.parse(keys).length))' \
      <"$folder/answer.json"
  fi
  rm -r "$folder"
  return "$status"
}

# queue: how many messages wait in the load queue, and how many are being loaded or wait for their next try; about, as SQS counts.
queue() {
  # Version 1 of the command line knows no AWS_ENDPOINT_URL for SQS.
  aws sqs get-queue-attributes ${AWS_ENDPOINT_URL:+--endpoint-url "$AWS_ENDPOINT_URL"} --queue-url "$(out LoadsUrl)" \
    --attribute-names ApproximateNumberOfMessages ApproximateNumberOfMessagesNotVisible --output text \
    --query "join('', [Attributes.ApproximateNumberOfMessages, ' waiting, ', Attributes.ApproximateNumberOfMessagesNotVisible, ' in flight'])"
}

# halt <function>, resume <function>: no run begins until it is resumed. What is under way ends in order. Of load the queue is let be:
# deliveries that are refused would count as tries, and healthy messages would end in the dead letters.
halt() {
  if [ "$1" = load ]; then feed --no-enabled; return; fi
  aws lambda put-function-concurrency --function-name "$NAME-$1" --reserved-concurrent-executions 0
}
resume() {
  if [ "$1" = load ]; then feed --enabled; return; fi
  aws lambda delete-function-concurrency --function-name "$NAME-$1"
}
feed() {
  local id
  id="$(aws lambda list-event-source-mappings --function-name "$NAME-load" --query 'EventSourceMappings[0].UUID' --output text)" || return
  aws lambda update-event-source-mapping --uuid "$id" "$1" --query State --output text
}

# sql <statement>: asks the warehouse through the Data API, as the master login; rows as JSON, nothing for a statement that gives no rows. Not
# with an external warehouse.
sql() {
  local rows
  rows="$(aws rds-data execute-statement --resource-arn "$(out ClusterArn)" --secret-arn "$(out MasterSecretArn)" --database faxsync \
    --sql "$1" --format-records-as JSON --query formattedRecords --output text)" || return
  if [ "$rows" != None ]; then printf '%s\n' "$rows"; fi
}

# dead <list|show|redrive> ...: "faxsync dead" with the settings of the stack.
dead() {
  FAXSYNC_DEAD_LETTERS="$(out DeadLettersUrl)" FAXSYNC_LOADS="$(out LoadsUrl)" FAXSYNC_LANDING="s3://$(out LandingBucket)" \
    npm run -s faxsync -- dead "$@"
}

# announce <prefix>: has every landed object under it loaded again that the ledger lacks, as if the audit had never announced it.
announce() { npm exec -- node docs/runbook/announce.mjs "$(out LandingBucket)" "$1"; }

# ago <minutes>: an instant as AWS reads it.
ago() { instant "$(($(date -u +%s) - $1 * 60))"; }
instant() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null || date -u -r "$1" +%Y-%m-%dT%H:%M:%SZ; }
