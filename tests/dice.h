/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_DICE_H
#define TESTS_DICE_H

/* OpenSSL's random bytes, which are those of ESYS, the same from each throw
 * on: so that what a TPM answered once is the answer once more. */

void dice_throw(void);

#endif
