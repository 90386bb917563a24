#ifndef CGIF_H
#define CGIF_H
#endif
