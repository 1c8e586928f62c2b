// SPDX-License-Identifier: Apache-2.0

// USBGuard's rule engine over N rules for N sticks, as policy_engine.c does with ours.
//
//   policy_peer FILE N DECISIONS
//
// Prints "load_ms rss_bytes_per_rule first_ns last_ns none_ns".

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <unistd.h>

#include <usbguard/Rule.hpp>
#include <usbguard/RuleSet.hpp>

using Clock = std::chrono::steady_clock;

namespace
{
class Rules : public usbguard::RuleSet
{
public:
  Rules() : usbguard::RuleSet(nullptr) {}
  void load() override {}
  void save() override {}
};

double nanoseconds(Clock::time_point since)
{
  return std::chrono::duration<double, std::nano>(Clock::now() - since).count();
}

long resident_bytes()
{
  long pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

std::shared_ptr<const usbguard::Rule> stick(unsigned long number)
{
  char text[256];
  std::snprintf(text, sizeof(text),
    "device id 0951:1666 serial \"SN%08lu\" with-interface { 08:06:50 }", number);
  return std::make_shared<const usbguard::Rule>(usbguard::Rule::fromString(text));
}

double decide_ns(const Rules& rules, unsigned long first, unsigned long n, unsigned long times,
  usbguard::Rule::Target expected)
{
  double spent = 0;

  for (unsigned long i = 0; i < times; i++) {
    const auto device = stick(first + i * 7919 % n);
    const auto begun = Clock::now();
    const auto rule = rules.getFirstMatchingRule(device);
    spent += nanoseconds(begun);

    if (rule->getTarget() != expected) {
      std::fprintf(stderr, "an unexpected verdict\n");
      std::exit(1);
    }
  }

  return spent / static_cast<double>(times);
}
}

int main(int argc, char** argv)
{
  if (argc != 4) {
    return 2;
  }

  const auto n = std::strtoul(argv[2], nullptr, 10);
  const auto times = std::strtoul(argv[3], nullptr, 10);
  const auto before = resident_bytes();
  const auto begun = Clock::now();
  std::ifstream file(argv[1]);
  Rules rules;
  rules.setDefaultTarget(usbguard::Rule::Target::Block);

  for (std::string line; std::getline(file, line);) {
    rules.appendRule(usbguard::Rule::fromString(line));
  }

  std::printf("%.1f ", nanoseconds(begun) / 1e6);
  std::printf("%.1f ", static_cast<double>(resident_bytes() - before) / static_cast<double>(n));
  std::printf("%.0f ", decide_ns(rules, 0, n / 2, times, usbguard::Rule::Target::Allow));
  std::printf("%.0f ", decide_ns(rules, n / 2, n / 2, times, usbguard::Rule::Target::Allow));
  std::printf("%.0f\n", decide_ns(rules, n, n, times, usbguard::Rule::Target::Block));
  return 0;
}
