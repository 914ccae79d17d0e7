#!/usr/bin/env escript
%% One process asks another, as gen_server:call does: a reference, a monitor left out. Args: one or many, asks.
-mode(compile).

main([Way, Arg]) ->
    N = list_to_integer(Arg),
    Counter = spawn(fun counter/0),
    Run = case Way of "one" -> fun one/2; "many" -> fun many/2 end,
    once(Run, Counter, N div 4),
    Microseconds = once(Run, Counter, N),
    Value = case Way of "one" -> Microseconds / N; "many" -> N / Microseconds * 1.0e6 end,
    io:format("{\"value\": ~w}~n", [Value]).

once(Run, Counter, N) ->
    Self = self(),
    Begun = erlang:monotonic_time(microsecond),
    spawn(fun() -> Self ! {sum, Run(Counter, N)} end),
    receive {sum, N} -> ok; {sum, Other} -> io:format(standard_error, "sum: ~w~n", [Other]), halt(1) end,
    erlang:monotonic_time(microsecond) - Begun.

counter() -> receive {From, Ref, #{n := N}} -> From ! {Ref, N}, counter() end.

ask(Counter, One) ->
    Ref = make_ref(),
    Counter ! {self(), Ref, #{type => inc, n => One}},
    Ref.

one(Counter, N) -> one(Counter, N, N div N, 0).
one(_, 0, _, Sum) -> Sum;
one(Counter, N, One, Sum) ->
    Ref = ask(Counter, One),
    receive {Ref, Got} -> one(Counter, N - 1, One, Sum + Got) end.

%% A hundred are on their way, and each answer is followed by the next question.
many(Counter, N) ->
    One = N div N,
    [ask(Counter, One) || _ <- lists:seq(1, 100)],
    many(Counter, N - 100, N, One, 0).
many(_, _, 0, _, Sum) -> Sum;
many(Counter, ToAsk, ToCome, One, Sum) ->
    receive {_, Got} -> ok end,
    case ToAsk > 0 of
        true -> ask(Counter, One);
        false -> ok
    end,
    many(Counter, ToAsk - 1, ToCome - 1, One, Sum + Got).
