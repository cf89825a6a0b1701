// What Swift has no word for: an instruction that asks for memory and does not wait for it.
static inline void crisol_prefetch(const void *address) { __builtin_prefetch(address); }
