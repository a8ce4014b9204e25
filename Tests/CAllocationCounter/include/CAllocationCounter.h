// SPDX-License-Identifier: Apache-2.0

#ifndef STIRRUP_CALLOCATIONCOUNTER_H
#define STIRRUP_CALLOCATIONCOUNTER_H

// How many blocks this thread has asked malloc, calloc, realloc and their aligned kin for.
unsigned long allocation_count(void);

#endif
