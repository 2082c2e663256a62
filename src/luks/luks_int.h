/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUKS_LUKS_INT_H
#define LUKS_LUKS_INT_H

/* Private to src/luks. */

#include <jansson.h>
#include <libcryptsetup.h>

#include "luks/luks.h"

struct luks {
	struct crypt_device	*cd;
	enum luks_flaw		 flaw;	/* that needs no comparison */
	struct luks_facts	 facts;
};

/* The one translator: log what failed and return our word for it; rc below
 * zero is an errno of libcryptsetup's. */
enum err luks_result(int rc, const char *doing);

/* Fill facts from a LUKS2 header, and find what is wrong with it. */
enum err luks_read(struct crypt_device *cd, struct luks_facts *facts,
    enum luks_flaw *flaw);

#endif
