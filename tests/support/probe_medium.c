/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The agent's client, alone: probe_medium SOCKET DISKSEQ IMAGE...
 * Asks for all at once and prints a line for each answer, in the order given.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/probe.h"
#include "core/err.h"

#define IMAGES_MAX 64

static struct {
	struct probe probe;
	int rc;
	struct ipc_media_found found;
} images[IMAGES_MAX];
static int n_left;
static struct loop loop;

static void looked(struct probe *probe, int rc, const struct ipc_media_found *found)
{
	for (int i = 0; i < IMAGES_MAX; i++) {
		if (&images[i].probe != probe)
			continue;
		images[i].rc = rc;
		if (found)
			images[i].found = *found;
	}
	if (--n_left == 0)
		loop_stop(&loop);
}

/* "0 1 2 [vfat] [1234-abcd] [USB]" and what else is listed. */
static void print(const struct ipc_media_found *found, int rc)
{
	printf("%d %u %u", rc, found->medium, found->n_partitions);
	for (size_t i = 0; i < found->n_volumes; i++)
		printf(" [%s] [%s] [%s]", found->volumes[i].type, found->volumes[i].filesystem,
		       found->volumes[i].label);
	printf("\n");
}

int main(int argc, char *argv[])
{
	struct err err = { 0 };

	n_left = argc - 3;
	if (n_left < 1 || n_left > IMAGES_MAX || loop_init(&loop, &err) < 0)
		return EXIT_FAILURE;
	for (int i = 3; i < argc; i++) {
		int fd = open(argv[i], O_RDONLY | O_CLOEXEC);

		probe_start(&images[i - 3].probe, &loop, argv[1], fd, strtoull(argv[2], NULL, 10),
			    looked);
		(void)close(fd);
	}
	if (loop_run(&loop, &err) < 0)
		return EXIT_FAILURE;
	for (int i = 0; i < argc - 3; i++)
		print(&images[i].found, images[i].rc);
	return EXIT_SUCCESS;
}
