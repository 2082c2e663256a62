/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/quiet.h"

#include <stdarg.h>

static void
say_nothing(struct xentoollog_logger *logger, xentoollog_level level,
    int errnoval, const char *context, const char *format, va_list al)
{
	(void)logger;
	(void)level;
	(void)errnoval;
	(void)context;
	(void)format;
	(void)al;
}

static void
show_nothing(struct xentoollog_logger *logger, const char *context,
    const char *what, int percent, unsigned long done, unsigned long total)
{
	(void)logger;
	(void)context;
	(void)what;
	(void)percent;
	(void)done;
	(void)total;
}

static void
keep(struct xentoollog_logger *logger)
{
	(void)logger;
}

struct xentoollog_logger quiet_logger = {
	.vmessage = say_nothing,
	.progress = show_nothing,
	.destroy = keep,
};
