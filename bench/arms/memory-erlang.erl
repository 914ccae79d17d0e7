#!/usr/bin/env escript
%%! +P 4000000
%% Processes that have all answered: bytes for each, and how many are created in a second. Arg: how many.
-mode(compile).

main([Arg]) ->
    N = list_to_integer(Arg),
    Self = self(),
    Before = erlang:memory(total),
    Begun = erlang:monotonic_time(microsecond),
    All = [spawn(fun cell/0) || _ <- lists:seq(1, N)],
    Microseconds = erlang:monotonic_time(microsecond) - Begun,
    Bytes = (erlang:memory(total) - Before) / N,
    [Pid ! {Self, value} || Pid <- All],
    case sum(N, 0) of N -> ok; Other -> io:format(standard_error, "answers: ~w~n", [Other]), halt(1) end,
    io:format("{\"value\": {\"bytes each\": ~w, \"created a second\": ~w}}~n", [Bytes, N / Microseconds * 1.0e6]).

cell() -> receive {From, value} -> From ! 1, cell() end.

sum(0, Sum) -> Sum;
sum(N, Sum) -> receive One -> sum(N - 1, Sum + One) end.
