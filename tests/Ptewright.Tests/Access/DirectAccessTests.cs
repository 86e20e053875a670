using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Memory;

namespace Ptewright.Tests.Access;

/// <summary>Tables reached through memory that is mapped already: no slot, no operation.</summary>
public sealed class DirectAccessTests
{
    [Fact]
    public unsafe void A_table_is_reached_at_its_physical_address_plus_the_offset()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        DirectAccess<HostMemory> access = new(machine.Memory, new VirtualAddress(0xffff_0000_0000_0000));
        RecordingCpu<SilentCpu> cpu = machine.Recorder();
        Assert.Equal(FailureCode.None, access.Open(ref cpu, TableSlot.Pud, 1, machine.Tables, out TableWindow window));

        Assert.Equal(new VirtualAddress(0xffff_0000_0000_0000 + machine.Tables.Value), window.Address);
        Assert.Equal((machine.Tables, TableSlot.None, 1), (window.Table, window.Slot, window.Level));
        Assert.Equal((nint)machine.Window(machine.Tables, 1).Entries, (nint)window.Entries);
        access.Close(ref cpu, window);
        access.Drain(ref cpu);
        Assert.Empty(machine.Text(cpu));
        Assert.False(DirectAccess<HostMemory>.ClosingSynchronises);
    }

    [Fact]
    public void An_offset_of_0_is_an_identity_mapping()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        DirectAccess<HostMemory> access = new(machine.Memory, default);
        Assert.Equal(machine.Tables.Value, access.Direct(machine.Tables, 3).Address.Value);
    }
}
