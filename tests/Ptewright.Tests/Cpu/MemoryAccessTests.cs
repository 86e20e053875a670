using CsCheck;
using Ptewright.Cpu;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Tests.Cpu;

/// <summary>What the two CPUs of the host write: exactly the entries they were asked for.</summary>
public sealed class MemoryAccessTests
{
    [Fact]
    public void A_run_is_so_many_entries_each_a_step_above_the_one_before()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        TableWindow table = machine.Window(machine.Tables, 3);
        Gen.Select(Gen.Int[0, 512], Gen.Int[0, 512], Gen.ULong, Gen.OneOf(0x1000UL, 0x4000UL, 0x1_0000UL), Gen.Bool).Sample(
            (index, wanted, first, step, vector) =>
            {
                int count = Math.Min(wanted, 512 - index);
                Poison(machine);
                if (vector)
                {
                    default(VectorCpu).StoreRun(table, index, count, new Descriptor(first), step);
                }
                else
                {
                    default(SilentCpu).StoreRun(table, index, count, new Descriptor(first), step);
                }

                for (int i = -1; i <= 512; i++)
                {
                    ulong expected = i >= index && i < index + count ? first + ((ulong)(i - index) * step) : SparseMemory.Poison;
                    Assert.Equal(expected, machine.Read(machine.Tables, i).Raw);
                }
            },
            threads: 1);
    }

    [Fact]
    public void Clearing_zeroes_the_table_and_not_a_byte_more()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        TableWindow table = machine.Window(machine.Tables, 3);
        foreach (int bytes in new[] { 64, 128, 4096 })
        {
            foreach (bool vector in new[] { false, true })
            {
                Poison(machine);
                if (vector)
                {
                    default(VectorCpu).Clear(table, bytes);
                }
                else
                {
                    default(SilentCpu).Clear(table, bytes);
                }

                for (int i = -1; i <= 512; i++)
                {
                    Assert.Equal(i >= 0 && i < bytes / 8 ? 0 : SparseMemory.Poison, machine.Read(machine.Tables, i).Raw);
                }
            }
        }
    }

    // The table and the words around it.
    private static void Poison(TestMachine machine)
    {
        for (int i = -1; i <= 512; i++)
        {
            machine.Write(machine.Tables, i, new Descriptor(SparseMemory.Poison));
        }
    }
}
