using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Live;

namespace Ptewright.Tests.Live;

/// <summary>Whatever comes between a reader and a real QEMU, at whatever moment: the guest is then as it was before, and so is the stub.</summary>
public sealed class GuestGoesOnTests
{
    private const int Pages = 24;
    private const int FewMoments = 4;
    private const int ManyMoments = 50;

    // Longer than QEMU ever takes here, so that only a late answer is late.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    public static TheoryData<string, string, bool> Ways => new(
        from source in new[] { "gdb", "qmp" }
        from way in new[] { "nothing", "late", "reset", "gone" }
        from runs in new[] { true, false }
        select (source, way, runs));

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_guest_is_left_as_it_was(string source, string way, bool runs) => Check(source, way, runs, FewMoments);

    [Theory]
    [MemberData(nameof(Ways))]
    [Trait("Category", "Slow")]
    public void A_guest_is_left_as_it_was_at_many_moments(string source, string way, bool runs) => Check(source, way, runs, ManyMoments);

    [Fact]
    public void A_second_reader_of_the_stub_does_no_harm() => CheckSecond(FewMoments);

    [Fact]
    [Trait("Category", "Slow")]
    public void A_second_reader_of_the_stub_does_no_harm_at_many_moments() => CheckSecond(ManyMoments);

    [Fact]
    public void A_debugger_at_the_stub_is_not_disturbed_through_the_machine_protocol()
    {
        using TinyGuest guest = new(Pages);
        using GdbImage debugger = new(PeerAddress.OfSocket(guest.Gdb), _patience);
        string message = Assert.Throws<InvalidInputException>(() => QmpImage.Connect(guest.Qmp)).Message;
        Assert.EndsWith("', and QEMU serves one at a time.", message, StringComparison.Ordinal);
        Read(debugger, Pages);
    }

    [Fact]
    public void A_stub_that_was_in_physical_mode_stays_there()
    {
        using TinyGuest guest = new(Pages);
        using (GdbGuest other = GdbGuest.Attach(PeerAddress.OfSocket(guest.Gdb), _patience))
        {
            Assert.Equal("OK", other.Ask("Qqemu.PhyMemMode:1"));
        }

        // The guest above put it back, as it had found it.
        Assert.False(guest.Debug().IsPhysical);
        using (MeddlingProxy proxy = new(Path.Combine(guest.Folder, "raw"), guest.Gdb))
        using (GdbConnection raw = new(PeerAddress.OfSocket(proxy.Path), _patience))
        {
            raw.Peer.Connect();
            Assert.Equal("OK", raw.Ask("Qqemu.PhyMemMode:1"));
        }

        guest.Set(true);
        using (GdbImage image = new(PeerAddress.OfSocket(guest.Gdb), _patience))
        {
            Read(image, Pages);
        }

        Assert.True(guest.Debug().IsPhysical);
    }

    // Nothing can be known of a guest whose stub never answered: it goes on, as after any debugger.
    private static void CheckSecond(int moments)
    {
        using TinyGuest guest = new(Pages);
        Random random = new(7);
        for (int i = 0; i < moments; i++)
        {
            guest.Set(true);
            using (GdbImage first = new(PeerAddress.OfSocket(guest.Gdb), _patience))
            {
                Read(first, random.Next(Pages));
                string message = Assert.Throws<InvalidInputException>(() => GdbGuest.Attach(PeerAddress.OfSocket(guest.Gdb), TimeSpan.FromMilliseconds(50))).Message;
                Assert.Equal($"gdb:{guest.Gdb}: it does not answer within 0.05 seconds; QEMU serves one client at a time.", message);
                Read(first, Pages);
            }

            Assert.False(guest.Debug().IsPhysical);
            guest.Set(true);
            using (GdbImage first = new(PeerAddress.OfSocket(guest.Gdb), _patience))
            {
                _ = Assert.Throws<InvalidInputException>(() => GdbGuest.Attach(PeerAddress.OfSocket(guest.Gdb), TimeSpan.FromMilliseconds(50)));
            }

            Assert.True(guest.BecomesRunning(true));
        }
    }

    private static void Check(string source, string way, bool runs, int moments)
    {
        Random random = new(20_261_127);
        TinyGuest guest = new(Pages);
        try
        {
            long known = FirstAnswer(guest);
            long all = 0;
            for (int i = -1; i < moments; i++)
            {
                guest.Set(runs);
                string peer = source == "gdb" ? guest.Gdb : guest.Qmp;
                using MeddlingProxy proxy = new(Path.Combine(guest.Folder, $"proxy{i}"), peer);
                if (i >= 0)
                {
                    // Of a stub whose connection is lost before its first answer nobody knows whether the guest ran.
                    long least = source == "gdb" && way == "reset" && !runs ? known : 0;
                    proxy.Moment = i == 0 ? least : random.NextInt64(least, all);
                    proxy.Meddle = Meddling(way, guest, proxy);
                }

                string? complaint = ReadAll(source, proxy);
                if (i < 0 || way == "nothing")
                {
                    Assert.Null(complaint);
                    all = proxy.Passed;
                }

                if (i >= 0 && way == "gone")
                {
                    guest.Dispose();
                    guest = new TinyGuest(Pages);
                    continue;
                }

                Assert.True(guest.BecomesRunning(runs), $"moment {i}: {complaint}");
                (bool saysThatItRan, bool isPhysical) = guest.Debug();
                Assert.False(isPhysical);
                Assert.True(runs || !saysThatItRan, $"moment {i}: {complaint}");
            }
        }
        finally
        {
            guest.Dispose();
        }
    }

    // How many bytes pass until a stub has said all that is asked first.
    private static long FirstAnswer(TinyGuest guest)
    {
        using MeddlingProxy proxy = new(Path.Combine(guest.Folder, "first"), guest.Gdb);
        using GdbGuest attached = GdbGuest.Attach(PeerAddress.OfSocket(proxy.Path), _patience);
        return proxy.Passed;
    }

    private static Action Meddling(string way, TinyGuest guest, MeddlingProxy proxy) => way switch
    {
        // Later than the patience, but not as late as that of leaving.
        "late" => () => Thread.Sleep(_patience * 1.2),
        "reset" => proxy.Reset,
        "gone" => guest.Kill,
        _ => () => { },
    };

    // Everything that was read before something came between was right.
    private static string? ReadAll(string source, MeddlingProxy proxy)
    {
        try
        {
            PeerAddress address = PeerAddress.OfSocket(proxy.Path);
            if (source == "gdb")
            {
                using GdbImage image = new(address, _patience);
                Read(image, Pages);
            }
            else
            {
                using QmpImage image = new(QmpGuest.Attach(address, _patience));
                Read(image, Pages);
            }

            return null;
        }
        catch (InvalidInputException refusal)
        {
            return refusal.Message;
        }
    }

    private static void Read(MemoryImage image, int pages)
    {
        byte[] bytes = new byte[4096];
        for (int i = 0; i < pages; i++)
        {
            Assert.True(image.TryRead(new PhysicalAddress(TinyGuest.TablePage(i)), bytes));
            Assert.Equal(TinyGuest.TableBytes(i), bytes);
        }
    }
}
