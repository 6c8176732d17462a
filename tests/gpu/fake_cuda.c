/* A CUDA driver of devices that are not there: as many as CUDA_VISIBLE_DEVICES names of FAKE_GPUS. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int shown[64], count;

int cuInit(unsigned flags) {
    char *error = getenv("FAKE_CUDA_ERROR"), *named = getenv("CUDA_VISIBLE_DEVICES");
    int gpus = atoi(getenv("FAKE_GPUS"));
    if (error) return atoi(error);
    if (!named) {
        while (count < gpus) { shown[count] = count; count++; }
    } else {
        char *list = strdup(named);
        for (char *name = strtok(list, ","); name; name = strtok(NULL, ",")) {
            int number = atoi(strncmp(name, "GPU-", 4) ? name : name + 4);
            if (number < 0 || number >= gpus) break;
            shown[count++] = number;
        }
    }
    return count ? 0 : 100;
}
int cuDeviceGetCount(int *found) { *found = count; return 0; }
int cuDeviceGet(int *device, int number) { *device = shown[number]; return 0; }
int cuDeviceGetName(char *name, int length, int device) {
    snprintf(name, length, "pretended GPU %d", device);
    return 0;
}
int cuDeviceGetUuid_v2(unsigned char *uuid, int device) {
    memset(uuid, 0, 16);
    uuid[15] = device;
    return 0;
}
