#include "runtime/steps/elf_check.h"

#include <cstring>
#include <elf.h>

namespace sagaloom::steps {

namespace {

#if defined(__x86_64__)
constexpr Elf64_Half kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half kMachine = EM_AARCH64;
#else
#error "the plugin loader knows x86-64 and arm64"
#endif

template <typename T>
T read(std::string_view bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

bool inside(std::string_view bytes, std::uint64_t offset, std::uint64_t size) {
  return offset <= bytes.size() && size <= bytes.size() - offset;
}

// Every section with bytes in the file lies inside it, and its name inside the table of names.
bool sections_fit(std::string_view bytes, const Elf64_Ehdr& header) {
  const auto names = read<Elf64_Shdr>(
      bytes, header.e_shoff + std::uint64_t{header.e_shstrndx} * sizeof(Elf64_Shdr));
  for (std::size_t i = 0; i < header.e_shnum; ++i) {
    const auto section = read<Elf64_Shdr>(bytes, header.e_shoff + i * sizeof(Elf64_Shdr));
    if (section.sh_name >= names.sh_size) return false;
    if (section.sh_type != SHT_NOBITS && section.sh_type != SHT_NULL &&
        !inside(bytes, section.sh_offset, section.sh_size)) {
      return false;
    }
  }
  return names.sh_size > 0 && bytes[names.sh_offset + names.sh_size - 1] == '\0';
}

bool is_for_this_machine(const Elf64_Ehdr& header) {
  return header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_ident[EI_DATA] == ELFDATA2LSB &&
         header.e_machine == kMachine;
}

}  // namespace

std::string why_no_shared_object(std::string_view bytes) {
  if (bytes.size() < sizeof(Elf64_Ehdr) || std::memcmp(bytes.data(), ELFMAG, SELFMAG) != 0) {
    return "it is no ELF file";
  }
  const auto header = read<Elf64_Ehdr>(bytes, 0);
  if (!is_for_this_machine(header)) return "it was built for another machine";
  if (header.e_type != ET_DYN) return "it is an ELF file, but no shared object";
  const bool table_fits =
      header.e_shentsize == sizeof(Elf64_Shdr) && header.e_shstrndx < header.e_shnum &&
      inside(bytes, header.e_shoff, std::uint64_t{header.e_shnum} * sizeof(Elf64_Shdr));
  if (!table_fits || !sections_fit(bytes, header)) return "it is truncated or damaged";
  return {};
}

}  // namespace sagaloom::steps
