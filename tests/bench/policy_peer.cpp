// SPDX-License-Identifier: Apache-2.0

// USBGuard's rule engine over the same rules, as policy_engine.c does with ours.
//
//   policy_peer FILE RULES STICKS DECISIONS
//
// Prints "load_ms resident_bytes_a_rule first_us second_us none_us".

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <time.h>
#include <unistd.h>

#include <usbguard/Rule.hpp>
#include <usbguard/RuleSet.hpp>

namespace
{
class Rules : public usbguard::RuleSet
{
public:
  Rules() : usbguard::RuleSet(nullptr) {}
  void load() override {}
  void save() override {}
};

double microseconds()
{
  timespec now {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
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

double decide_us(const Rules& rules, unsigned long first, unsigned long n, unsigned long times,
  usbguard::Rule::Target expected)
{
  double spent = 0;

  for (unsigned long i = 0; i < times; i++) {
    const auto device = stick(first + i * 7919 % n);
    const auto begun = microseconds();
    const auto rule = rules.getFirstMatchingRule(device);
    spent += microseconds() - begun;

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
  if (argc != 5) {
    return 2;
  }

  const auto n = std::strtoul(argv[2], nullptr, 10);
  const auto sticks = std::strtoul(argv[3], nullptr, 10);
  const auto times = std::strtoul(argv[4], nullptr, 10);
  const auto before = resident_bytes();
  const auto begun = microseconds();
  std::ifstream file(argv[1]);
  Rules rules;
  rules.setDefaultTarget(usbguard::Rule::Target::Block);

  for (std::string line; std::getline(file, line);) {
    rules.appendRule(usbguard::Rule::fromString(line));
  }

  std::printf("%.1f ", (microseconds() - begun) / 1e3);
  std::printf("%.1f ", static_cast<double>(resident_bytes() - before) / static_cast<double>(n));
  std::printf("%.3f ", decide_us(rules, 0, sticks / 2, times, usbguard::Rule::Target::Allow));
  std::printf("%.3f ", decide_us(rules, sticks / 2, sticks / 2, times, usbguard::Rule::Target::Allow));
  std::printf("%.3f\n", decide_us(rules, sticks, sticks, times, usbguard::Rule::Target::Block));
  return 0;
}
