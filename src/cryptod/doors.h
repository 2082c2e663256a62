/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_DOORS_H
#define CRYPTOD_DOORS_H

/* The channels of the configuration as doors of the service loop. */

#include "cryptod/settings.h"
#include "daemon/service.h"
#include "xen/vchan.h"

struct doors {
	struct door		 rows[CHANNELS_MAX];	/* one a channel */
	size_t			 nvchans;
	struct vchan_door	*vchans[CHANNELS_MAX];
};

enum err doors_open(const struct settings *s, struct doors *out);
void doors_drop(struct doors *d);

/* lock.c: give up all that is not needed to serve them. */
struct cryptod;
enum err cryptod_lock_door(struct cryptod *d);

/* A tick of the struct cryptod: look who is behind each vchan. */
enum err cryptod_look(void *self);

#endif
