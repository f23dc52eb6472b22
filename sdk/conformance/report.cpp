#include "sdk/conformance/report.h"

#include "sdk/json/json.h"

namespace sagaloom::sdk::conformance {

std::string report_text(std::string_view manifest, const std::vector<Tried>& tried) {
  const Json facts = Json::parse(manifest);
  Json cases = Json::array();
  for (const Tried& each : tried) {
    cases.push_back({{"operation", each.name.operation},
                     {"rule", each.name.rule},
                     {"kept", each.findings.empty()},
                     {"findings", each.findings}});
  }
  const Json report = {{"report", 1},
                       {"plugin", facts.value("plugin", "")},
                       {"version", facts.value("version", "")},
                       {"cases", std::move(cases)}};
  return report.dump(2) + "\n";
}

}  // namespace sagaloom::sdk::conformance
