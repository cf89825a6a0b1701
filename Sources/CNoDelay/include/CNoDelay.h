#ifndef CRISOL_NO_DELAY_H
#define CRISOL_NO_DELAY_H
/// Referencing this symbol links the `accept` of this target in front of libc's.
int crisol_no_delay_linked(void);
#endif
