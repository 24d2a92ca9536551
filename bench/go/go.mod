module dockgate.test/bench

go 1.19
