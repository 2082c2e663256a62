/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/faulty.h"

#include <string.h>

static void
put_number(uint8_t *at, uint32_t n)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(n >> (24 - 8 * i));
}

uint32_t
faulty_command(const struct exchange *x)
{
	const uint8_t *at = x->command.at + 6;

	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	    (uint32_t)at[2] << 8 | at[3];
}

static enum err
refuse(struct exchange *x, uint32_t code)
{
	x->response[0] = 0x80;
	x->response[1] = 0x01;
	put_number(x->response + 2, 10);
	put_number(x->response + 6, code);
	x->len = 10;
	return ERR_OK;
}

static enum err
lose(struct exchange *x)
{
	x->rc = 0x000a000a;		/* TSS2_TCTI_RC_IO_ERROR */
	x->why = "a fault of the test";
	return ERR_HARDWARE;
}

static enum err
pass(struct faulty *f, struct exchange *x)
{
	enum err e;

	if (f->before != NULL)
		f->before(f->arg, x);
	if (f->limit_ms > 0)
		x->limit_ms = f->limit_ms;
	e = f->inner.exchange(f->inner.self, x);
	if (e == ERR_OK && f->after != NULL)
		f->after(f->arg, x);
	return e;
}

static enum err
exchange(void *self, struct exchange *x)
{
	struct faulty *f = self;
	const unsigned n = ++f->count;

	if (f->refuse != NULL && f->refuse(f->arg, x))
		return refuse(x, f->code);
	if (f->fault == FAULT_NONE || n < f->at || n >= f->at + f->times)
		return pass(f, x);
	if (f->fault == FAULT_UNSENT)
		return lose(x);
	if (f->fault == FAULT_REFUSED)
		return refuse(x, f->code);
	if (pass(f, x) != ERR_OK || f->fault == FAULT_UNHEARD)
		return lose(x);
	x->len--;			/* FAULT_SHORT */
	return ERR_OK;
}

static void
close_inner(void *self)
{
	struct faulty *f = self;

	carrier_drop(&f->inner);
}

enum err
faulty_open(struct faulty *f, const char *tcti, struct carrier *out)
{
	TRY(carrier_open(tcti, &f->inner));
	*out = (struct carrier){ exchange, close_inner, f };
	return ERR_OK;
}

void
faulty_set(struct faulty *f, enum fault fault, unsigned at, unsigned times)
{
	f->count = 0;
	f->fault = fault;
	f->at = at;
	f->times = times;
}
