#include "runtime/app/settings.h"

namespace sagaloom::app {
namespace {

constexpr std::string_view head = R"(# Configuration

<!-- Generated: `sagaloom configuration > docs/configuration.md`. A test compares the two. -->

`sagaloom serve --config FILE` reads a YAML file; `sagaloom dev` needs none. Sources, the later one wins: the defaults below, the
file, environment variables, flags. In the file the dots are levels (`http: {port: 8080}`); in the environment `http.port` is
`SAGALOOM_HTTP__PORT`, lists are separated by commas; on the command line any key can be given as `--set http.port=8080`.

An unknown key is refused, with the key that was probably meant, and so is a value that does not fit; all errors are reported at
once, with their place, and the program ends with status 2.

The client commands read `SAGALOOM_SERVER` (default `http://127.0.0.1:8080`), the same as `--server`.

| key | value | default | meaning |
|---|---|---|---|
)";

constexpr std::string_view foot = R"(
An example for production, with Postgres and Kafka:

```yaml
store: postgres
data: /var/lib/sagaloom
postgres:
  dsn_file: /run/secrets/sagaloom_dsn
kafka:
  brokers: broker-1:9092,broker-2:9092
workflows: [/etc/sagaloom/workflows]
plugins:
  directory: /usr/lib/sagaloom/plugins
  settings:
    inventory: {dsn: "postgresql://shop@db/inventory"}
```
)";

}  // namespace

std::string reference_page() {
  std::string page(head);
  for (const Setting& row : settings()) {
    const std::string fallback =
        row.fallback.empty() || row.fallback[0] == '`' ? row.fallback : "`" + row.fallback + "`";
    page += "| `" + row.key + "` | " + row.kind + " | " + fallback + " | " + row.meaning + " |\n";
  }
  page += foot;
  return page;
}

}  // namespace sagaloom::app
