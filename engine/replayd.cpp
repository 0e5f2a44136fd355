#include "engine/replay_main.hpp"

int main(int argc, char** argv) { return ringside::engine::replay_main(argc, argv); }
