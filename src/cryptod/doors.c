/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/doors.h"

#include "cryptod/cryptod.h"
#include "link/unix.h"

static enum err
accept_vchan(const struct door *door, struct link *out)
{
	return vchan_accept(door->self, out);
}

static enum err
open_vchan(const struct vchan_address *a, struct doors *d, struct door *door)
{
	struct vchan_door **vchan = &d->vchans[d->nvchans];

	TRY(vchan_listen(a, vchan));
	d->nvchans++;
	door->self = *vchan;
	door->fd = vchan_fd(*vchan);
	door->accept = accept_vchan;
	return ERR_OK;
}

enum err
doors_open(const struct settings *s, struct doors *d)
{
	for (size_t i = 0; i < s->nchannels; i++) {
		const struct channel_settings *c = &s->channels[i];
		const struct vchan_address a = { c->vchan,
		    (unsigned)s->vchan_port, (unsigned)c->vchans };
		struct door *door = &d->rows[i];

		*door = (struct door){ .vm_id = c->vm_id,
		    .uid = (uid_t)c->uid, .fd = -1 };
		TRY(c->vchan[0] != '\0' ? open_vchan(&a, d, door) :
		    unix_listen(c->socket, (gid_t)c->gid, &door->fd));
	}
	return ERR_OK;
}

void
doors_drop(struct doors *d)
{
	for (size_t i = 0; i < d->nvchans; i++)
		vchan_drop(&d->vchans[i]);
	d->nvchans = 0;
}

enum err
cryptod_look(void *self)
{
	const struct doors *d = &((struct cryptod *)self)->doors;

	for (size_t i = 0; i < d->nvchans; i++)
		vchan_look(d->vchans[i]);
	return ERR_OK;
}
