#!/usr/bin/env bash
# Submits a batch of orders and reports how they ended. Every tenth customer has no funds.
# Usage: batch_of_orders.sh [COUNT] [PREFIX]; the server is $SAGALOOM_SERVER.
# Sending the same prefix again starts nothing twice: an order id is a saga's identity.
set -eu
count=${1:-100} prefix=${2:-batch-$(date +%s)} server=${SAGALOOM_SERVER:-http://127.0.0.1:8080}

submit() {
  local customer=ada
  [ $(($1 % 10)) = 0 ] && customer=customer-without-funds
  curl -sS --retry 5 --retry-connrefused -o /dev/null -w '%{http_code}\n' "$server/api/orders" \
    -H 'Content-Type: application/json' -d "{\"order_id\": \"$prefix-$1\",
      \"customer_id\": \"$customer\", \"currency\": \"EUR\", \"delivery_address\": \"1 Loom Street\",
      \"items\": [{\"sku\": \"SKU-1\", \"qty\": 1, \"price_minor\": 100}]}"
}
ended() {
  curl -sS -H 'Prefer: wait=1' "$server/api/orders/$prefix-$1" |
    grep -oE '"state":"[A-Z]+"' | cut -d'"' -f4
}

echo "submitting $count orders $prefix-1 to $prefix-$count"
for number in $(seq "$count"); do submit "$number"; done | sort | uniq -c |
  sed 's/^ *\([0-9]*\) \(.*\)/  \1 answered \2/'
echo "they are now"
for number in $(seq "$count"); do
  state=$(ended "$number")
  until [ "$state" = COMPLETED ] || [ "$state" = COMPENSATED ] || [ "$state" = FAILED ] ||
        [ "$state" = PARKED ]; do
    sleep 0.1
    state=$(ended "$number")
  done
  echo "$state"
done | sort | uniq -c | sed 's/^ *\([0-9]*\) \(.*\)/  \1 \2/'
