/* Shared objects that are not plugins of this host; which one is chosen by WRONG. */
#include "sdk/saga_plugin.h"

#if WRONG == 1 /* nothing exported under our name */
__attribute__((visibility("default"))) int something_else = 1;
#elif WRONG == 2 /* a symbol that nobody has */
int nobody_has_this(void);
__attribute__((visibility("default"))) const saga_plugin saga_plugin_v1 = {.abi_major = 1};
__attribute__((visibility("default"))) int call_it(void) {
  return nobody_has_this();
}
#elif WRONG == 3 /* another major version */
__attribute__((visibility("default"))) const saga_plugin saga_plugin_v1 = {
    .magic = {'S', 'A', 'G', 'A', 'P', 'L', 'G', '1'},
    .struct_size = sizeof(saga_plugin),
    .abi_major = 9,
    .product = {SAGA_PLUGIN_PRODUCT, sizeof(SAGA_PLUGIN_PRODUCT) - 1}};
#elif WRONG == 4 /* no magic */
__attribute__((visibility("default"))) const saga_plugin saga_plugin_v1 = {.abi_major = 1};
#elif WRONG == 5 /* another product */
__attribute__((visibility("default")))
const saga_plugin saga_plugin_v1 = {.magic = {'S', 'A', 'G', 'A', 'P', 'L', 'G', '1'},
                                    .struct_size = sizeof(saga_plugin),
                                    .abi_major = SAGA_ABI_MAJOR,
                                    .product = {"fork", 4}};
#endif
