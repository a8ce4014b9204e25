// SPDX-License-Identifier: Apache-2.0

#ifndef STIRRUP_CSYSTEMD_H
#define STIRRUP_CSYSTEMD_H

#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>

#endif
