/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/err.h"

static const struct {
	const char	*name;
	const char	*text;
} rows[] = {
#define ERR(name, text) { #name, text },
#include "base/err.def"
#undef ERR
};

#define NROWS (sizeof(rows) / sizeof(rows[0]))

const char *
err_name(enum err e)
{
	return (unsigned)e < NROWS ? rows[e].name : "UNKNOWN";
}

const char *
err_text(enum err e)
{
	return (unsigned)e < NROWS ? rows[e].text : "an error without a row";
}
