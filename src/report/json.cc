#include "report/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "diag/fingerprint.h"

namespace unpark::report {

using Json = nlohmann::ordered_json;

// Adds file, line and column; a place without a file has the empty path and zeros.
static source::Position add_place(source::Loc where, diag::Places& places,
                                  std::string_view working_dir, Json& out) {
  std::string_view path = places.path(where.file);
  source::Position at = path.empty() ? source::Position() : places.begin(where);
  out["file"] = diag::display_path(path, working_dir);
  out["line"] = at.line;
  out["column"] = at.column;
  return path.empty() ? source::Position() : places.end(where);
}

static Json to_json(const diag::Finding& finding, diag::Places& places,
                    std::string_view working_dir) {
  source::FileId here = finding.where.file;
  Json out;
  out["rule"] = finding.rule;
  out["name"] = finding.name;
  out["severity"] = diag::to_string(finding.severity);
  out["confidence"] = diag::to_string(finding.confidence);
  out["message"] = diag::to_text(finding.message, places, here);
  out["advice"] = diag::to_text(finding.advice, places, here);
  out["package"] = finding.package;
  out["function"] = finding.function;
  source::Position end = add_place(finding.where, places, working_dir, out);
  out["endLine"] = end.line;
  out["endColumn"] = end.column;
  Json labels = Json::array();
  for (const diag::Label& label : finding.labels) {
    Json one;
    add_place(label.where, places, working_dir, one);
    one["message"] = diag::to_text(label.message, places, label.where.file);
    labels.push_back(std::move(one));
  }
  out["labels"] = std::move(labels);
  out["site"] = diag::to_string(finding.site);
  out["fingerprints"] = diag::fingerprints(finding);
  return out;
}

static Json to_json(const diag::Note& note, diag::Places& places, std::string_view working_dir) {
  Json out;
  out["message"] = diag::to_text(note.message, places, note.where.file);
  if (!places.path(note.where.file).empty()) add_place(note.where, places, working_dir, out);
  return out;
}

std::string render_json(const diag::Results& results, diag::Places& places,
                        std::string_view working_dir) {
  Json findings = Json::array();
  for (const diag::Finding& finding : results.findings) {
    findings.push_back(to_json(finding, places, working_dir));
  }
  Json notes = Json::array();
  for (const diag::Note& note : results.notes) {
    notes.push_back(to_json(note, places, working_dir));
  }
  Json by_severity;
  for (diag::Severity severity :
       {diag::Severity::kError, diag::Severity::kWarning, diag::Severity::kInfo}) {
    by_severity[std::string(diag::to_string(severity))] =
        std::count_if(results.findings.begin(), results.findings.end(),
                      [&](const diag::Finding& f) { return f.severity == severity; });
  }
  const diag::Coverage& coverage = results.coverage;
  Json out;
  out["findings"] = std::move(findings);
  out["notes"] = std::move(notes);
  out["summary"] = {{"packagesMatched", coverage.packages_matched},
                    {"packagesAnalysed", coverage.packages_analysed},
                    {"packagesIncomplete", coverage.packages_incomplete},
                    {"findingsWithheld", coverage.findings_withheld},
                    {"bySeverity", std::move(by_severity)}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace unpark::report
