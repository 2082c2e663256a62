/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_LOG_H
#define BASE_LOG_H

/*
 * One line to stderr, in one write: "cryptod: open /x: No such file".
 *
 * A line has at most LOG_MAX bytes; control bytes and what is not ASCII are
 * shown as \xNN, so that no peer can forge a line.  No function here takes a
 * struct secret.
 */

#include <stddef.h>

#include "base/err.h"

#define LOG_MAX 512

/* The name before every line; borrowed for good. */
void log_name(const char *program);

void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Log "what: strerror(errno)"; always HARDWARE. */
enum err log_errno(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* Log the line and return e: for "return log_err(ERR_MALFORMED, ...)". */
enum err log_err(enum err e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
