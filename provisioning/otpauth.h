/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROVISIONING_OTPAUTH_H
#define PROVISIONING_OTPAUTH_H

/*
 * A TOTP secret as authenticator apps take it: the otpauth:// URI (Google's
 * Key URI Format), and that as a QR code on a terminal.
 *
 * The URI is as secret as what is in it.  Knows crypto/base32, libqrencode.
 */

#include "base/secret.h"
#include "crypto/hash.h"

struct otpauth {
	const char	*issuer, *account;
	enum hash_alg	 alg;
	unsigned	 digits, period;
};

/* The URI, without a NUL. */
enum err otpauth_make(const struct otpauth *o, const struct secret *key,
    struct secret **uri);

/*
 * Draw text as a QR code on the terminal fd, in half blocks of UTF-8, dark on
 * light whatever the terminal's colours, with the quiet zone it needs.
 */
enum err qr_print(int fd, const struct secret *text);

#endif
