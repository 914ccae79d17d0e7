#!/usr/bin/env escript
%%! +P 1000000
%% The same programs in Erlang. Args: the program, its sizes. Milliseconds of the second run; the first is to warm up.
%% As in the others, processes that live as long as the run are spawned before the time is taken.
-mode(compile).

main([Name | Sizes]) ->
    Run = run(Name, [list_to_integer(Size) || Size <- Sizes]),
    Run(),
    io:format("{\"value\": ~w}~n", [Run()]).

run("ping-pong", [Trips]) -> fun() -> ping_pong(Trips) end;
run("count", [Messages]) -> fun() -> count(Messages) end;
run("thread-ring", [Actors, Hops]) -> fun() -> ring(Actors, Hops) end;
run("fork-join-throughput", [Actors, Messages]) -> fun() -> throughput(Actors, Messages) end;
run("fork-join-create", [Actors]) -> fun() -> create(Actors) end;
run("big", [Actors, Pings]) -> fun() -> big(Actors, Pings) end.

check(_, Same, Same) -> ok;
check(What, Got, Wanted) ->
    io:format(standard_error, "~s: ~w instead of ~w~n", [What, Got, Wanted]),
    halt(1).

timed(Work) ->
    Begun = erlang:monotonic_time(microsecond),
    Result = Work(),
    {Result, (erlang:monotonic_time(microsecond) - Begun) / 1000}.

%% So many have said done.
await(0) -> ok;
await(N) -> receive done -> await(N - 1) end.

ask(Pid, What) -> Pid ! {What, self()}, receive {What, Value} -> Value end.

%% For deep mailboxes: without this the collector goes through all of it again and again.
deep(Body) -> spawn_opt(Body, [{message_queue_data, off_heap}]).

%% ping-pong

ping_pong(Trips) ->
    Pong = spawn(fun() -> pong(0) end),
    Self = self(),
    Ping = spawn(fun() -> receive start -> Pong ! {ping, self()}, ping(Pong, Trips, Self) end end),
    {_, Ms} = timed(fun() -> Ping ! start, await(1) end),
    check("pings", ask(Pong, pings), Trips),
    Ms.

ping(_, 1, Finish) -> receive pong -> Finish ! done end;
ping(Pong, Left, Finish) -> receive pong -> Pong ! {ping, self()}, ping(Pong, Left - 1, Finish) end.

pong(Pings) ->
    receive
        {ping, From} -> From ! pong, pong(Pings + 1);
        {pings, From} -> From ! {pings, Pings}
    end.

%% count

count(Messages) ->
    Counter = deep(fun() -> counter(0) end),
    Self = self(),
    Producer = spawn(fun() ->
        receive run -> ok end,
        send(Counter, Messages),
        Self ! {sum, ask(Counter, value)}
    end),
    {Sum, Ms} = timed(fun() -> Producer ! run, receive {sum, Sum} -> Sum end end),
    check("count", Sum, Messages),
    Ms.

counter(N) ->
    receive
        increment -> counter(N + 1);
        {value, From} -> From ! {value, N}
    end.

send(_, 0) -> ok;
send(Counter, N) -> Counter ! increment, send(Counter, N - 1).

%% thread-ring

ring(Actors, Hops) ->
    Self = self(),
    All = [spawn(fun() -> receive {next, Next} -> member(Next, Self, 0) end end) || _ <- lists:seq(1, Actors)],
    [One ! {next, Next} || {One, Next} <- lists:zip(All, tl(All) ++ [hd(All)])],
    {_, Ms} = timed(fun() -> hd(All) ! {hop, Hops}, await(1) end),
    check("hops", lists:sum([ask(One, seen) || One <- All]), Hops),
    Ms.

member(Next, Finish, Seen) ->
    receive
        {hop, 1} -> Finish ! done, member(Next, Finish, Seen + 1);
        {hop, Left} -> Next ! {hop, Left - 1}, member(Next, Finish, Seen + 1);
        {seen, From} -> From ! {seen, Seen}
    end.

%% fork-join-throughput

throughput(Actors, Messages) ->
    Self = self(),
    Workers = [deep(fun() -> worker(Messages, 0.0, Self) end) || _ <- lists:seq(1, Actors)],
    Master = spawn(fun() -> receive run -> deal(Workers, Messages) end end),
    {_, Ms} = timed(fun() -> Master ! run, await(Actors) end),
    Ms.

deal(_, 0) -> ok;
deal(Workers, N) -> [Worker ! work || Worker <- Workers], deal(Workers, N - 1).

worker(0, _, Finish) -> Finish ! done;
worker(Left, Sum, Finish) ->
    receive work -> worker(Left - 1, Sum + math:pow(math:sin(37.2), 2), Finish) end.

%% fork-join-create

create(Actors) ->
    Self = self(),
    {_, Ms} = timed(fun() ->
        [spawn(fun() -> receive work -> _ = math:pow(math:sin(37.2), 2), Self ! done end end) ! work
         || _ <- lists:seq(1, Actors)],
        await(Actors)
    end),
    Ms.

%% big

big(Actors, Pings) ->
    Self = self(),
    Each = [spawn(fun() -> receive {meet, All, Me} -> pinging(All, Me, Pings, Me + 1, 0, Self) end end)
            || _ <- lists:seq(1, Actors)],
    All = list_to_tuple(Each),
    [One ! {meet, All, Me} || {One, Me} <- lists:zip(Each, lists:seq(0, Actors - 1))],
    {_, Ms} = timed(fun() -> [One ! start || One <- Each], await(Actors) end),
    check("pings", lists:sum([ask(One, pinged) || One <- Each]), Actors * Pings),
    Ms.

pinging(All, Me, Left, Random, Pinged, Finish) ->
    receive
        start -> pinging(All, Me, Left, next(All, Me, Random), Pinged, Finish);
        {ping, From} -> element(From + 1, All) ! pong, pinging(All, Me, Left, Random, Pinged + 1, Finish);
        pong when Left =:= 1 -> Finish ! done, pinging(All, Me, 0, Random, Pinged, Finish);
        pong -> pinging(All, Me, Left - 1, next(All, Me, Random), Pinged, Finish);
        {pinged, From} -> From ! {pinged, Pinged}
    end.

%% Sends a ping to another by chance; the same sequence in each run.
next(All, Me, Random) ->
    Next = (Random * 1103515245 + 12345) band 16#7fffffff,
    Other = (Next bsr 8) rem (tuple_size(All) - 1),
    To = case Other < Me of true -> Other; false -> Other + 1 end,
    element(To + 1, All) ! {ping, Me},
    Next.
