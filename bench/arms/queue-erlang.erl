#!/usr/bin/env escript
%% One process sends small maps to another. Arg: items.
-mode(compile).

main([Arg]) ->
    N = list_to_integer(Arg),
    once(N),
    Value = once(N),
    io:format("{\"value\": ~w}~n", [Value]).

once(N) ->
    Self = self(),
    Sink = spawn_opt(fun() -> receive go -> ok end, Self ! {sum, take(N, 0)} end, [{message_queue_data, off_heap}]),
    Begun = erlang:monotonic_time(microsecond),
    Sink ! go,
    spawn(fun() -> send(Sink, N, N div N) end),
    receive {sum, N} -> ok; {sum, Other} -> io:format(standard_error, "sum: ~w~n", [Other]), halt(1) end,
    N / (erlang:monotonic_time(microsecond) - Begun) * 1.0e6.

%% One is a variable, so that each map is made, as in the other arms: a constant one would not be copied.
send(_, 0, _) -> ok;
send(Sink, N, One) -> Sink ! #{type => inc, n => One}, send(Sink, N - 1, One).

take(0, Sum) -> Sum;
take(N, Sum) -> receive #{n := One} -> take(N - 1, Sum + One) end.
